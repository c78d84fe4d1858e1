import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FaultRuleInput } from "../../dev/gateway/faults.ts";
import { migrate } from "../../host/history/migrate.ts";
import { createDatabase, databaseKinds, type TestDatabase, title } from "../gateway/services.ts";
import { Random } from "../support/random.ts";
import { Flow } from "./flow.ts";
import { eventually, MirroredVenue, MirrorServers, redisServerReason } from "./mirrored-venue.ts";

const [kind] = await databaseKinds();
const reason = kind?.reason ?? (await redisServerReason());
const SINKS = ["postgres", "redis"] as const;

describe.skipIf(reason !== null)(title("Postgres and Redis do not wait for each other", reason), () => {
  const servers = new MirrorServers();
  const flow = new Flow(new Random(31));
  let database: TestDatabase;
  let venue: MirroredVenue;

  beforeAll(async () => {
    database = await createDatabase("postgres");
    await migrate(database.url);
    await servers.start(database.source);
    const endpoint = `${servers.gateway.url}/sql`;
    venue = new MirroredVenue(servers, { DATABASE_URL: database.url, NEON_FETCH_ENDPOINT: endpoint });
    await venue.start();
  });
  afterEach(() => {
    servers.gateway.faults.clear();
  });
  afterAll(async () => {
    await venue?.stop();
    await servers.stop();
    await database?.drop();
  });

  /** The states of a sink and of the instrument in `/healthz`. */
  async function sink(name: string) {
    const { status, sequence, outbox } = (await venue.read("/healthz")).instruments[0];
    return { status, sequence, ...outbox.find((each: { sink: string }) => each.sink === name) };
  }

  const bothLevel = () =>
    eventually(async () => {
      for (const name of SINKS) {
        expect(await sink(name)).toMatchObject({ status: "ok", lag_events: 0, last_error: null });
      }
    });

  const cases = SINKS.flatMap((failing): { failing: string; words: string; fault: FaultRuleInput }[] => [
    {
      failing,
      words: "is refused",
      fault: { target: failing, kind: "refuse", count: 1_000_000 },
    },
    {
      failing,
      words: "does not answer",
      // Longer than either sink's time limit.
      fault: { target: failing, kind: "delay", milliseconds: 30_000, count: 1_000_000 },
    },
  ]);

  test.each(cases)("$failing $words: the other still gets everything", async ({ failing, fault }) => {
    const other = failing === "redis" ? "postgres" : "redis";
    await bothLevel();
    const before = await sink(other);
    const stuckAt = (await sink(failing)).last_sequence;
    servers.gateway.faults.add(fault);
    // Several stretches: during them, the failing sink is in the middle of an attempt, or of a backoff.
    for (let stretch = 0; stretch < 3; stretch++) {
      await flow.steps(venue.http, 20);
      await eventually(async () => expect((await sink(other)).lag_events).toBe(0), 5_000);
    }
    const stuck = await sink(failing);
    expect(stuck.last_sequence).toBe(stuckAt);
    expect(stuck.lag_events).toBeGreaterThan(0);
    expect(await sink(other)).toMatchObject({ failures: before.failures, last_error: null, dead_rows: 0 });
    await eventually(async () => expect((await sink(failing)).last_error).not.toBeNull());
    expect((await sink(failing)).status).toBe("degraded");
    servers.gateway.faults.clear();
    await bothLevel();
  });
});

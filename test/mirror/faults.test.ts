import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FaultRuleInput } from "../../dev/gateway/faults.ts";
import { title } from "../gateway/services.ts";
import { Random } from "../support/random.ts";
import { Flow } from "./flow.ts";
import { readMirror } from "./mirror-view.ts";
import {
  eventually,
  MirroredVenue,
  MirrorServers,
  type RedisConnection,
  redisServerReason,
} from "./mirrored-venue.ts";
import { assertUncrossed, bookText, StreamRecord } from "./stream-record.ts";

const reason = await redisServerReason();
const BOOK = "/public/orderbook?levels=1000";

describe.skipIf(reason !== null)(title("the mirror under faults", reason), () => {
  const servers = new MirrorServers();
  const venue = new MirroredVenue(servers, { READ_SOURCE: "mirror" });
  const flow = new Flow(new Random(23));
  let redis: RedisConnection;

  beforeAll(async () => {
    await servers.start();
    redis = await servers.connect();
    await venue.start();
    await flow.steps(venue.http, 100);
  });
  afterEach(() => {
    servers.gateway.faults.clear();
  });
  afterAll(async () => {
    redis?.destroy();
    await venue.stop();
    await servers.stop();
  });

  async function expectLevel(): Promise<void> {
    const [mirror, { sequence, bids, asks }] = await Promise.all([
      readMirror(redis),
      venue.read(`${BOOK}&source=engine`),
    ]);
    expect(mirror).toMatchObject({ sequence, bids, asks });
  }

  /**
   * Trades for a while, with one reader at the API and one at Redis itself. Whatever they read from the
   * mirror is a state that the stream published, and never an older one than before.
   */
  async function tradeWatched(forMs: number): Promise<Record<"engine" | "mirror", number>> {
    const stream = await StreamRecord.follow(venue.url);
    const first = stream.lastSequence;
    const seen: { sequence: number; text: string }[] = [];
    const count = { engine: 0, mirror: 0 };
    let isOver = false;
    const read = async () => {
      for (let last = 0; !isOver; await sleep(10)) {
        const book = await venue.read(BOOK);
        count[book.source as "engine" | "mirror"]++;
        assertUncrossed(book);
        if (book.source === "engine") continue;
        expect(book.sequence, "sequence of the mirror").toBeGreaterThanOrEqual(last);
        last = book.sequence;
        seen.push({ sequence: last, text: bookText(book) });
      }
    };
    const readDirectly = async () => {
      for (let last = 0; !isOver; await sleep(10)) {
        const book = await readMirror(redis);
        if (book === undefined) continue;
        assertUncrossed(book);
        expect(book.sequence, "sequence in Redis").toBeGreaterThanOrEqual(last);
        last = book.sequence;
        seen.push({ sequence: last, text: bookText(book) });
      }
    };
    const trade = async () => {
      const endMs = performance.now() + forMs;
      while (performance.now() < endMs) await flow.step(venue.http);
      isOver = true;
    };
    await Promise.all([trade(), read(), readDirectly()]);
    servers.gateway.faults.clear();
    await eventually(expectLevel);
    stream.close();
    const states = seen.filter(({ sequence }) => sequence >= first);
    for (const { sequence, text } of states) expect(text, `at ${sequence}`).toBe(stream.stateAt(sequence));
    return count;
  }

  const writes = { target: "redis", probability: 0.4, seed: 5, contains: "writeLevels" } as const;
  const storms: [string, FaultRuleInput][] = [
    ["delayed", { ...writes, kind: "delay", milliseconds: 400 }],
    ["delayed beyond the time limit", { ...writes, kind: "delay", milliseconds: 3_500, probability: 0.5 }],
    ["refused", { ...writes, kind: "refuse" }],
    ["answered 500", { ...writes, kind: "status" }],
    ["reset", { ...writes, kind: "reset" }],
    ["answered with garbage", { ...writes, kind: "garbage" }],
    ["committed and dropped", { ...writes, kind: "commit_then_drop" }],
  ];

  test.each(storms)("pushes %s", { timeout: 60_000 }, async (_, rule) => {
    servers.gateway.faults.add(rule);
    await tradeWatched(4_000);
    const { kind } = rule;
    expect(servers.gateway.faults.counters()[`redis.${kind}`]).toBeGreaterThan(0);
  });

  test.each(["refuse", "status", "reset", "garbage"] as const)("reads meet %s", async (kind) => {
    servers.gateway.faults.add({
      target: "redis",
      contains: "ZREVRANGE",
      probability: 0.3,
      seed: 7,
      kind,
    });
    const { engine, mirror } = await tradeWatched(3_000);
    expect(engine).toBeGreaterThan(0);
    expect(mirror).toBeGreaterThan(0);
  });

  test("Redis is killed, and reads go to the engine; Redis is back, and the mirror is complete and answers reads", async () => {
    await eventually(expectLevel);
    await servers.server.kill();
    await flow.steps(venue.http, 50);
    expect((await venue.read(BOOK)).source).toBe("engine");
    await servers.server.start();
    await flow.steps(venue.http, 50);
    await eventually(expectLevel);
    await eventually(async () => expect((await venue.read(BOOK)).source).toBe("mirror"));
  });
});

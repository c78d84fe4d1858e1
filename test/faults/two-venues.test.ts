import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startGateway } from "../../dev/gateway/gateway.ts";
import { migrate } from "../../host/history/migrate.ts";
import { createDatabase, databaseKinds, title, withClient } from "../gateway/services.ts";
import { Flow } from "../mirror/flow.ts";
import { eventually, MirroredVenue, redisServerReason } from "../mirror/mirrored-venue.ts";
import { Random } from "../support/random.ts";
import { startRecoveryScene } from "./recovery-scene.ts";
import { lastErrors } from "./sink-errors.ts";

const redisMissing = await redisServerReason();
const UUID = "[0-9a-f-]{36}";
const order = (instrument: string, price: number) =>
  JSON.stringify({
    client_id: "client-K",
    instrument,
    side: "buy",
    type: "limit",
    price,
    quantity: 1,
  });

for (const kind of await databaseKinds()) {
  const reason = kind.reason ?? redisMissing;
  describe.skipIf(reason !== null)(title(`two venues on one ${kind.name} and one Redis`, reason), () => {
    const flow = new Flow(new Random(909));
    let scene: Awaited<ReturnType<typeof startRecoveryScene>>;
    let second: MirroredVenue;
    let firstId: string;
    let secondId: string;

    beforeAll(async () => {
      scene = await startRecoveryScene(kind.name);
      await flow.steps(scene.venue.http, 60);
      await scene.shipped();
      firstId = idOf("venue");
      // One instrument has events from when the venue had no databases.
      second = new MirroredVenue(scene.servers, { UPSTASH_REDIS_REST_URL: "" }, "second");
      await second.start();
      for (let price = 1; price <= 200; price++) await second.http.post("/orders", order("BTC-USD", price));
      await second.stop();
      second = new MirroredVenue(scene.servers, scene.vars, "second");
      await second.start();
      secondId = idOf("second");
    });
    afterAll(async () => {
      await second?.stop();
      await scene?.stop();
    });

    /** The id in a data folder. */
    function idOf(folder: string): string {
      return readFileSync(join(scene.servers.folder, folder, "venue-id"), "utf8").trim();
    }

    /** Starts a venue that ends with the test, even if the test fails. */
    async function startBeside(folder: string, vars: Record<string, string> = {}): Promise<MirroredVenue> {
      const venue = new MirroredVenue(scene.servers, { ...scene.vars, ...vars }, folder);
      onTestFinished(() => venue.stop());
      await venue.start();
      return venue;
    }

    async function operate(venue: MirroredVenue, operation: string) {
      const path = `${venue.url}/admin/instruments/BTC-USD/${operation}`;
      const response = await fetch(path, { method: "POST", headers: { authorization: "Bearer t" } });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    }

    const watermarks = () =>
      withClient(scene.database.url, async (client) => {
        const { rows } = await client.query(
          "SELECT instrument, venue_id, epoch, last_sequence::int FROM watermarks ORDER BY instrument",
        );
        return rows;
      });
    const orders = () =>
      withClient(scene.database.url, async (client) => {
        const { rows } = await client.query("SELECT count(*)::int AS count FROM orders");
        return rows[0].count;
      });
    const mirror = async () => {
      const redis = await scene.servers.connect();
      try {
        return await redis.hGetAll("{BTC-USD}:state");
      } finally {
        redis.destroy();
      }
    };

    test("the second ships nothing, reports both ids, once in the log, and continues to trade", async () => {
      const [before, count, mirrored] = [await watermarks(), await orders(), await mirror()];
      const inPostgres = `Postgres has BTC-USD of venue ${firstId}; this is venue ${secondId}`;
      const inRedis = `Redis has BTC-USD of venue ${firstId}; this is venue ${secondId}`;
      for (const instrument of ["BTC-USD", "ETH-USD"]) {
        expect((await second.http.post("/orders", order(instrument, 500))).status).toBe(201);
      }
      await eventually(async () =>
        expect(await lastErrors(second, "BTC-USD")).toEqual([inPostgres, inRedis]),
      );
      // An instrument that the first venue does not have is not shipped beside its others either.
      await eventually(async () => expect((await lastErrors(second, "ETH-USD"))[0]).toEqual(inPostgres));
      expect(JSON.parse((await second.http.get("/healthz")).body).status).toBe("degraded");
      for (let step = 0; step < 4; step++) {
        await second.http.post("/orders", order("BTC-USD", 600 + step));
        await sleep(700);
      }
      const told = second.log.filter(
        (line) => line.includes("outbox_failed") && line.includes("BTC-USD of venue"),
      );
      expect(told.filter((line) => line.includes("Redis has"))).toHaveLength(1);
      expect(told.filter((line) => line.includes("Postgres has"))).toHaveLength(2); // one per instrument
      expect(await watermarks()).toEqual(before);
      expect(await orders()).toBe(count);
      expect(await mirror()).toMatchObject({ sequence: mirrored.sequence, venue: firstId });
    });

    test("the second gets no answers from the first one's data", async () => {
      const listed = await second.http.get("/orders?client_id=client-A&instrument=BTC-USD");
      expect([listed.status, JSON.parse(listed.body).code]).toEqual([503, "history_unavailable"]);
      expect(JSON.parse(listed.body).detail).toContain(`of venue ${firstId}; this is venue ${secondId}`);
      const book = await second.read("/public/orderbook?source=mirror");
      expect(book.source).toBe("engine");
      expect((await operate(second, "verify")).body).toMatchObject({ agrees: false });
    });

    test("a rebuild of the second is refused unless it names the first, and the first is unharmed", async () => {
      const before = await watermarks();
      await operate(second, "freeze");
      for (const query of ["", `&adopt=none`, `&adopt=${secondId}`]) {
        const { status, body } = await operate(second, `rebuild?discard_journal=true${query}`);
        expect(body, query).toMatchObject({ code: "operation_refused" });
        expect(body.detail).toContain(`of venue ${firstId}; this is venue ${secondId}`);
        expect(status).toBe(409);
      }
      expect(await operate(second, "rebuild?discard_journal=true&adopt=mine")).toMatchObject({
        status: 400,
        body: { field: "adopt" },
      });
      await operate(second, "unfreeze");
      expect((await second.http.post("/orders", order("BTC-USD", 700))).status).toBe(201);
      expect(await watermarks()).toEqual(before);
      await flow.steps(scene.venue.http, 20);
      await scene.shipped();
      expect(await lastErrors(scene.venue, "BTC-USD")).toEqual([null, null]);
      expect((await watermarks())[0]).toMatchObject({ epoch: 1, venue_id: firstId });
      await scene.agrees();
    });

    test("an id copied from the first does not ship the second's events there", async () => {
      await second.stop();
      rmSync(join(scene.servers.folder, "second", "venue-id"));
      const copied = await startBeside("second", { VENUE_ID: firstId });
      const before = await watermarks();
      const count = await orders();
      await copied.http.post("/orders", order("BTC-USD", 800));
      const whose = `the instrument belongs to venue ${secondId}; VENUE_ID is ${firstId}`;
      await eventually(async () => expect(await lastErrors(copied, "BTC-USD")).toEqual([whose, whose]));
      expect([await watermarks(), await orders()]).toEqual([before, count]);
    });

    test("one from before venues had ids continues by itself, and no other venue takes its rows", async () => {
      const forget = (client: { query: (sql: string) => Promise<unknown> }) =>
        client.query("UPDATE watermarks SET venue_id = NULL");
      await scene.shipped();
      rmSync(join(scene.servers.folder, "second", "venue-id"));
      await withClient(scene.database.url, forget);
      const restored = await startBeside("second", { VENUE_ID: secondId });
      await restored.http.post("/orders", order("BTC-USD", 900));
      const refused = new RegExp(`^Postgres has BTC-USD of venue none at .*; this is venue ${secondId}$`);
      await eventually(async () => expect((await lastErrors(restored, "BTC-USD"))[0]).toMatch(refused));
      await operate(restored, "freeze");
      expect(await operate(restored, "rebuild?discard_journal=true")).toMatchObject({ status: 409 });
      await restored.stop();
      expect((await watermarks())[0]).toMatchObject({ venue_id: null, epoch: 1 });

      await flow.steps(scene.venue.http, 5);
      await scene.shipped();
      expect((await watermarks())[0]).toMatchObject({ venue_id: firstId, epoch: 1 });
      await scene.agrees();
    });

    test("an instrument that an empty data folder considered lost is new once it has its own database", async () => {
      const own = await createDatabase(kind.name);
      onTestFinished(() => own.drop());
      await migrate(own.url);
      const gateway = await startGateway({ postgres: own.source });
      onTestFinished(() => gateway.close());
      const lost = await startBeside("third");
      expect((await lost.http.post("/orders", order("BTC-USD", 900))).status).toBe(503);
      const [inPostgres] = await lastErrors(lost, "BTC-USD");
      expect(inPostgres).toBe(`Postgres has BTC-USD of venue ${firstId}; this is venue ${idOf("third")}`);
      await lost.stop();
      const url = new URL(own.url);
      const fresh = await startBeside("third", {
        DATABASE_URL: `postgres://${url.username || "u"}:${url.password || "p"}@${url.host}${url.pathname}`,
        NEON_FETCH_ENDPOINT: `${gateway.url}/sql`,
      });
      expect((await fresh.http.post("/orders", order("BTC-USD", 900))).status).toBe(201);
    });

    test("an empty data folder takes over the rows of the lost one, once the old id is named", async () => {
      await scene.shipped();
      const before = await scene.venue.read("/public/orderbook?levels=1000&source=engine");
      await scene.venue.stop("SIGKILL");
      const heir = await startBeside("fourth");
      expect((await heir.http.post("/orders", order("BTC-USD", 900))).status).toBe(503);
      const plain = await operate(heir, "rebuild");
      expect(plain).toMatchObject({ status: 409, body: { code: "operation_refused" } });
      const named = new RegExp(
        `of venue (${UUID}); this is venue ${idOf("fourth")}; adopt=\\1 takes it over$`,
      ).exec(plain.body.detail ?? "");
      expect(named?.[1]).toBe(firstId);
      expect(await operate(heir, `rebuild?adopt=${firstId}`)).toMatchObject({
        status: 200,
        body: { epoch: 2, is_hash_compared: true, events_lost_at_least: 0 },
      });
      expect((await watermarks())[0]).toMatchObject({ venue_id: idOf("fourth"), epoch: 2 });
      await eventually(async () =>
        expect((await operate(heir, "verify")).body).toMatchObject({ agrees: true, not_compared: [] }),
      );
      expect(await mirror()).toMatchObject({ venue: idOf("fourth"), epoch: "2" });
      await operate(heir, "unfreeze");
      const after = await heir.read("/public/orderbook?levels=1000&source=engine");
      expect([after.bids, after.asks]).toEqual([before.bids, before.asks]);
      expect((await heir.http.post("/orders", order("BTC-USD", 900))).status).toBe(201);
      await eventually(async () => expect(await lastErrors(heir, "BTC-USD")).toEqual([null, null]));
      // The other instrument was not taken over, so there is no history to list.
      expect((await heir.http.get("/orders?client_id=client-A&instrument=BTC-USD")).status).toBe(200);

      // If the replaced venue still runs, it is kept out.
      await scene.venue.start();
      await scene.place({ price: 100 });
      await eventually(async () => {
        const errors = await lastErrors(scene.venue, "BTC-USD");
        expect(errors).toEqual(
          ["Postgres", "Redis"].map(
            (name) => `${name} has BTC-USD of venue ${idOf("fourth")}; this is venue ${firstId}`,
          ),
        );
      });
    });
  });
}

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseKinds, title, withClient } from "../gateway/services.ts";
import { Flow } from "../mirror/flow.ts";
import { eventually, redisServerReason } from "../mirror/mirrored-venue.ts";
import { Random } from "../support/random.ts";
import { startRecoveryScene } from "./recovery-scene.ts";

const redisMissing = await redisServerReason();
const BOOK = "/public/orderbook?levels=1000&source=engine";

for (const kind of await databaseKinds()) {
  const reason = kind.reason ?? redisMissing;
  describe.skipIf(reason !== null)(
    title(`an instrument whose storage is lost, on ${kind.name}`, reason),
    () => {
      const flow = new Flow(new Random(401));
      let scene: Awaited<ReturnType<typeof startRecoveryScene>>;

      beforeAll(async () => {
        scene = await startRecoveryScene(kind.name);
        await flow.steps(scene.venue.http, 200);
      });
      afterAll(() => scene?.stop());

      test("ships again the events that a restored database lacks", async () => {
        const { database, venue, operate, shipped, agrees } = scene;
        await shipped();
        await withClient(database.url, (client) => client.query("TRUNCATE orders, trades, watermarks"));
        await flow.steps(venue.http, 20);
        await operate("freeze");
        await agrees();
        await operate("unfreeze");
      });

      test("does not pass for a new one, and does nothing until it is rebuilt", async () => {
        const { venue, operate, status, place, shipped, loseStorage } = scene;
        await place({ idempotency_key: "open", price: 39_000 });
        const gone = await place({ idempotency_key: "gone", side: "sell", type: "market", price: undefined });
        await shipped();
        await loseStorage();

        expect(await place({ idempotency_key: "open", price: 39_000 })).toMatchObject({
          status: 503,
          body: { code: "frozen" },
        });
        const cancel = await venue.http.post(`/orders/${gone.body.order_id}/cancel`);
        expect([cancel.status, JSON.parse(cancel.body).code]).toEqual([503, "frozen"]);
        expect(await status()).toMatchObject({ trading_status: "lost", sequence: 0, epoch: 1 });
        expect(await operate("unfreeze")).toMatchObject({ status: 409, body: { code: "operation_refused" } });
        expect((await venue.http.get("/healthz")).status).toBe(503);
        // Nor after a restart.
        await venue.stop("SIGKILL");
        await venue.start();
        expect(await place({})).toMatchObject({ status: 503, body: { code: "frozen" } });
      });

      test("is rebuilt under a new epoch with its orders, their priority, its trades and its keys", async () => {
        const { database, venue, operate, status, place, agrees } = scene;
        const { rows } = await withClient(database.url, (client) =>
          client.query("SELECT last_sequence, last_trade_number FROM watermarks"),
        );
        const { status: code, body: report } = await operate("rebuild");
        expect(report).toMatchObject({
          epoch: 2,
          shipped_epoch: 1,
          shipped_sequence: Number(rows[0].last_sequence),
          events_lost_at_least: 0,
          orders_ahead: 0,
          lots_without_trade: "0",
          is_hash_compared: true,
        });
        expect(code).toBe(200);
        expect(await status()).toMatchObject({ trading_status: "frozen", epoch: 2, rebuild: null });
        await agrees();
        await operate("unfreeze");

        expect(await place({ idempotency_key: "open", price: 39_000 })).toMatchObject({
          status: 201,
          isReplay: true,
          body: { status: "open", price: "39000.00" },
        });
        expect(
          await place({ idempotency_key: "gone", side: "sell", type: "market", price: undefined }),
        ).toMatchObject({
          status: 201,
          isReplay: true,
          body: { status: "filled" },
        });
        expect(await place({ idempotency_key: "open", price: 39_001 })).toMatchObject({ status: 409 });

        const first = await place({ side: "sell", price: 39_000, quantity: "0.5" });
        expect(first.body.sequence).toBe(Number(rows[0].last_sequence) + 1_000_001);
        expect(first.body.trades[0].trade_id).toBe(Number(rows[0].last_trade_number) + 1_000_001);
        await flow.steps(venue.http, 100);
        await agrees();
      });

      test("trades as the lost book would have", async () => {
        const { database, venue, operate, place, shipped, loseStorage } = scene;
        await shipped();
        const before = await venue.read(BOOK);
        const recent = await venue.read("/public/trades?limit=1000&source=engine");
        await loseStorage();
        expect(await operate("rebuild")).toMatchObject({
          status: 200,
          body: { epoch: 3, is_hash_compared: true },
        });
        const { epoch: _, sequence: __, time: ___, ...after } = await venue.read(BOOK);
        expect(before).toMatchObject(after);
        expect((await venue.read("/public/trades?limit=1000&source=engine")).trades).toEqual(recent.trades);
        await operate("unfreeze");
        // The oldest order of the best level trades first.
        const best = before.asks[0];
        const { rows } = await withClient(database.url, (client) =>
          client.query(
            `SELECT order_id FROM orders WHERE side = 'sell' AND status IN ('open', 'partially_filled') AND price = $1
           ORDER BY order_number`,
            [best.price],
          ),
        );
        const sweep = await place({ price: best.price, quantity: best.quantity });
        expect(sweep.body.trades.map((trade: { maker_order_id: string }) => trade.maker_order_id)).toEqual(
          rows.map(({ order_id }) => order_id),
        );
      });

      test("reports what is known to be lost, and assigns no number twice", async () => {
        const { servers, venue, operate, place, shipped, agrees, loseStorage } = scene;
        const last = await shipped();
        // Postgres gets no more events, but the mirror does.
        const rule = servers.gateway.faults.add({ target: "postgres", kind: "refuse", count: 1_000_000 });
        for (let count = 0; count < 5; count++) await place({ price: 30_000 + count });
        await eventually(async () => {
          const { sequence } = await venue.read("/public/orderbook?source=mirror");
          expect(sequence).toBe(last + 10);
        });
        await venue.stop("SIGKILL");
        servers.gateway.faults.clear(rule.id);
        await loseStorage();
        const { body } = await operate("rebuild");
        expect(body).toMatchObject({
          shipped_sequence: last,
          last_sequence_known: last + 10,
          events_lost_at_least: 10,
          sequence: last + 10 + 1_000_000,
        });
        await agrees();
      });

      test("that has its storage is rebuilt only if the request discards it explicitly", async () => {
        const { operate, status, agrees } = scene;
        await operate("unfreeze");
        expect(await operate("rebuild?discard_journal=true")).toMatchObject({ status: 409 });
        await operate("freeze");
        expect(await operate("rebuild")).toMatchObject({ status: 409, body: { code: "operation_refused" } });
        expect(await operate("rebuild?discard_journal=maybe")).toMatchObject({ status: 400 });
        const { epoch } = (await status()) as { epoch: number };
        expect(await operate("rebuild?discard_journal=true")).toMatchObject({
          status: 200,
          body: { epoch: epoch + 1 },
        });
        await agrees();
      });

      test("a rebuild that is killed leaves it lost, and runs again", async () => {
        const { servers, venue, operate, status, place, agrees, loseStorage } = scene;
        await loseStorage();
        servers.gateway.faults.add({
          target: "postgres",
          kind: "delay",
          milliseconds: 2_000,
          contains: "priority_sequence",
          count: 1,
        });
        const broken = operate("rebuild").catch(() => "broken");
        await eventually(async () => expect(((await status()).rebuild as object | null) !== null).toBe(true));
        await venue.stop("SIGKILL");
        expect(await broken).toBe("broken");
        await venue.start();
        expect(await place({})).toMatchObject({ status: 503, body: { code: "frozen" } });
        expect(await status()).toMatchObject({ trading_status: "lost" });
        expect(await operate("rebuild")).toMatchObject({ status: 200 });
        await agrees();
        await operate("unfreeze");
        expect((await place({})).status).toBe(201);
      });

      test("reports that a database lacks events that the journal no longer has", async () => {
        const { database, status, place, shipped } = scene;
        const sequence = await shipped();
        const { epoch } = (await status()) as { epoch: number };
        await withClient(database.url, (client) => client.query("TRUNCATE watermarks"));
        await place({ price: 28_000 });
        await eventually(async () => {
          const { sinks } = (await status()) as { sinks: { last_error: string | null }[] };
          expect(sinks[0]?.last_error).toBe("PrunedError");
        });
        await withClient(database.url, (client) =>
          client.query(
            "INSERT INTO watermarks (instrument, epoch, last_sequence) VALUES ('BTC-USD', $1, $2)",
            [epoch, sequence],
          ),
        );
        await shipped();
      });

      test("ships nothing to a database in which a newer epoch has replaced it", async () => {
        const { database, status, place, shipped } = scene;
        await shipped();
        await withClient(database.url, (client) => client.query("UPDATE watermarks SET epoch = epoch + 1"));
        await place({ price: 29_000 });
        await eventually(async () => {
          const { sinks } = (await status()) as { sinks: { last_error: string | null }[] };
          expect(sinks[0]?.last_error).toBe("NeonDbError EB002");
        });
        const { rows } = await withClient(database.url, (client) =>
          client.query("SELECT count(*) AS count FROM orders WHERE price = 29000"),
        );
        expect(Number(rows[0].count)).toBe(0);
      });
    },
  );
}

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { migrate } from "../../host/history/migrate.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { candleList } from "../../protocol/analytics.ts";
import { health } from "../../protocol/health.ts";
import { type ListedOrderView, orderList } from "../../protocol/order-entry.ts";
import { withEffort } from "../fuzz/effort.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "../gateway/services.ts";
import { shipTrades, trade } from "../gateway/shipping.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { Random } from "../support/random.ts";
import { place, post } from "./support/calls.ts";
import { drawRead, readsOf } from "./support/read-fuzzer.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

/** Of random reads, ten each. */
const ROUNDS = withEffort(100);

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`reads of history on ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;
    let gateway: Gateway;
    let venue: VenueProcess;
    const log: string[] = [];

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      await migrate(database.url);
      gateway = await startGateway({ postgres: database.source });
      const vars = { DATABASE_URL: database.url, NEON_FETCH_ENDPOINT: `${gateway.url}/sql` };
      const onLog = (line: string) => void log.push(line);
      venue = await startVenue({ dataFolder: temporaryFolder(), vars, onLog });
      for (let count = 0; count < 12; count++) {
        await place(venue.url, { instrument: count % 3 === 0 ? "ETH-USD" : "BTC-USD", price: 100 });
      }
      await drained();
    });
    afterAll(async () => {
      await venue?.stop();
      await gateway?.close();
      await database?.drop();
    });

    function drained(): Promise<void> {
      return eventually(async () => {
        const { instruments } = health.parse(await (await fetch(`${venue.url}/healthz`)).json());
        for (const { outbox } of instruments) expect(outbox?.[0]).toMatchObject({ lag_events: 0 });
      });
    }

    async function listOf(query: string) {
      const response = await fetch(`${venue.url}/orders?client_id=client-A${query}`);
      const text = await response.text();
      expect(response.status, text).toBe(200);
      return orderList.parse(JSON.parse(text));
    }

    test("a client's orders of all instruments are consistent in pages, newest first, as the instruments list them", async () => {
      const open = await listOf("&status=open");
      const all = await listOf("");
      expect(all).toEqual(open);
      expect(all.orders).toHaveLength(12);
      expect(all.covers.map(({ instrument }) => instrument)).toEqual(["BTC-USD", "ETH-USD"]);
      const paged: ListedOrderView[] = [];
      for (let before = ""; ; before = `&before=${paged.at(-1)?.order_id}`) {
        const page = (await listOf(`&limit=5${before}`)).orders;
        if (page.length === 0) break;
        paged.push(...page);
      }
      expect(paged).toEqual(all.orders);
      const { orders, covers } = await listOf("&instrument=ETH-USD");
      expect(orders).toEqual(all.orders.filter(({ instrument }) => instrument === "ETH-USD"));
      expect(covers).toEqual(all.covers.slice(1));
    });

    test("trades and orders are read completely by cursors, from the instrument and from Postgres", async () => {
      const maker = await place(venue.url, { side: "sell", price: 90, quantity: 50, client_id: "maker" });
      for (const count of [600, 500]) {
        const entries = Array.from({ length: count }, () => ({
          action: "place",
          side: "buy",
          type: "limit",
          price: 90,
          quantity: "0.02",
          time_in_force: "ioc",
        }));
        const body = { instrument: "BTC-USD", client_id: "takers", entries };
        expect((await post(`${venue.url}/orders/batch`, body)).status).toBe(200);
      }
      await drained();
      // It took the eight resting buys, and then rested.
      const lists = [
        { path: "/public/trades?", count: 1_108, field: "trades" },
        { path: `/orders/${maker.order_id}/trades?`, count: 1_108, field: "trades" },
        { path: "/orders?client_id=takers&", count: 1_100, field: "orders" },
      ];
      for (const { path, count, field } of lists) {
        const items: { sequence: number }[] = [];
        let pages = 0;
        for (let cursor: string | null = ""; cursor !== null; pages++) {
          const before: string = cursor === "" ? "" : `&before=${cursor}`;
          const response = await fetch(`${venue.url}${path}limit=300${before}`);
          const text = await response.text();
          expect(response.status, text).toBe(200);
          items.push(...JSON.parse(text)[field]);
          cursor = response.headers.get("next-cursor");
        }
        expect([pages, new Set(items.map(({ sequence }) => sequence)).size], path).toEqual([4, items.length]);
        expect(items.length, path).toBe(count);
        expect(items, path).toEqual(items.toSorted((a, b) => b.sequence - a.sequence));
      }
    });

    test("candles are read completely by cursors, across years without any", async () => {
      const random = new Random(1);
      let executedMs = Date.UTC(2019, 0, 1);
      const trades = Array.from({ length: 40 }, (_, index) => {
        executedMs += random.pick([500, 90_000, 40 * 86_400_000]) + random.below(1_000);
        const executed_at = new Date(executedMs).toISOString();
        return trade({ instrument: "ETH-USD", trade_number: index + 1, executed_at });
      });
      const seconds = trades.map(({ executed_at }) => `${String(executed_at).slice(0, 19)}.000Z`);
      await withClient(database.url, (client) => shipTrades(client, trades));
      const starts: string[] = [];
      let pages = 0;
      for (let to: string | null = ""; to !== null; pages++) {
        const before: string = to === "" ? "" : `&to=${to}`;
        const response = await fetch(`${venue.url}/public/candles?interval=1s&instrument=ETH-USD${before}`);
        const page = candleList.parse(await response.json());
        starts.unshift(...page.candles.map(({ start }) => start));
        to = response.headers.get("next-cursor");
      }
      expect(starts).toEqual([...new Set(seconds)]);
      // No page is empty except the first, which ends now.
      expect(pages).toBeGreaterThan(10);
      expect(pages).toBeLessThanOrEqual(starts.length + 1);
    });

    test("cursors and times at the limits of the database return a page or an empty list", async () => {
      const all = (await listOf("")).orders;
      expect((await listOf("&before=ffffffff-ffff-8001-8000-000000000001")).orders).toEqual(all);
      expect((await listOf("&before=FFFFFFFF-FFFF-8FFF-801F-FFFFFFFFFFFF")).orders).toEqual(all);
      expect((await listOf("&before=00000000-0000-8001-8000-000000000001")).orders).toEqual([]);
      for (const [from, to] of [
        ["0000-01-01T00:00:00Z", "0000-01-01T01:00:00Z"],
        ["0001-01-01T00:00:00+23:59", "0001-01-01T01:00:00+23:59"],
        ["9999-12-31T23:00:00-23:59", "9999-12-31T23:59:59-23:59"],
        ["1969-12-31T23:59:59.999Z", "1970-01-01T00:01:00Z"],
      ]) {
        const times = `from=${encodeURIComponent(String(from))}&to=${encodeURIComponent(String(to))}`;
        const response = await fetch(`${venue.url}/public/candles?interval=1m&${times}`);
        expect(response.status, times).toBe(200);
        expect(candleList.parse(await response.json()).candles, times).toEqual([]);
      }
    });

    test.each([1, 2, 3, 4])(
      "no read reaches an error of the database or of the platform (seed %i)",
      async (seed) => {
        const random = new Random(seed);
        const reads = await readsOf(venue.url);
        log.length = 0;
        const statuses = new Map<number, number>();
        for (let count = 0; count < ROUNDS; count++) {
          const paths = Array.from({ length: 10 }, () => drawRead(random, random.pick(reads)));
          await Promise.all(
            paths.map(async (path) => {
              const { status } = await fetch(venue.url + path);
              statuses.set(status, (statuses.get(status) ?? 0) + 1);
              expect([200, 400, 404, 426], `seed ${seed}: ${path}`).toContain(status);
            }),
          );
        }
        expect(statuses.get(200)).toBeGreaterThan(ROUNDS);
        expect(statuses.get(400)).toBeGreaterThan(ROUNDS / 2);
        expect(log.filter((line) => !line.includes('"level":"info"'))).toEqual([]);
      },
    );
  });
}

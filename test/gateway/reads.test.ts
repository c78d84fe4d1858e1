import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../host/history/migrate.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "./services.ts";
import { order, shipOrders, shipTrades, trade } from "./shipping.ts";

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`reads on ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      await migrate(database.url);
      await withClient(database.url, async (client) => {
        await client.query("SELECT make_trade_partitions('2026-01-05', 6)");
        const trades = Array.from({ length: 3_000 }, (_, index) =>
          trade({
            instrument: index % 2 === 0 ? "BTC-USD" : "ETH-USD",
            trade_number: index + 1,
            executed_at: new Date(Date.UTC(2026, 0, 5) + index * 1_000_000).toISOString(),
          }),
        );
        await shipTrades(client, trades);
        const orders = Array.from({ length: 3_000 }, (_, index) => {
          const closed = index % 3 !== 0;
          return order({
            client_id: `client-${index % 50}`,
            order_number: index + 1,
            priority_sequence: 5_000 - index,
            updated_sequence: index + 1,
            accepted_at: new Date(Date.UTC(2026, 0, 5) + index).toISOString(),
            ...(closed ? { status: "cancelled", cancelled_quantity: "2", remaining_quantity: "0" } : {}),
          });
        });
        await shipOrders(client, orders);
        await client.query("ANALYZE");
      });
    });
    afterAll(() => database?.drop());

    /** The names of the indexes that a plan uses. Fails if the plan scans a table. */
    async function indexesOf(client: pg.Client, sql: string): Promise<Set<string>> {
      const plan = (await client.query(`EXPLAIN (FORMAT JSON) ${sql}`)).rows;
      const text = JSON.stringify(plan);
      expect(text).not.toMatch(/"Node Type":\s*"(Seq Scan|Sort|Incremental Sort)"/);
      return new Set([...text.matchAll(/"Index Name":\s*"(\w+)"/g)].map(([, name]) => name ?? ""));
    }

    test("an instrument's trades below a number, newest first, across partitions, by index alone", async () => {
      await withClient(database.url, async (client) => {
        const sql = `SELECT trade_number FROM trades WHERE instrument = 'BTC-USD' AND trade_number < 2000
          ORDER BY trade_number DESC LIMIT 500`;
        const { rows } = await client.query<{ trade_number: string }>(sql);
        expect(rows).toHaveLength(500);
        expect(rows.slice(0, 2)).toEqual([{ trade_number: "1999" }, { trade_number: "1997" }]);
        expect(rows.at(-1)).toEqual({ trade_number: "1001" });
        // An almost empty partition is rightly scanned.
        await client.query("SET enable_seqscan = off");
        expect([...(await indexesOf(client, sql))].every((name) => name.startsWith("trades_"))).toBe(true);
      });
    });

    test("a client's orders, newest first, by index alone", async () => {
      await withClient(database.url, async (client) => {
        const sql = `SELECT order_number FROM orders WHERE client_id = 'client-7'
          AND (accepted_at, order_id) < ('2026-01-05T00:00:02Z', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
          ORDER BY accepted_at DESC, order_id DESC LIMIT 3`;
        const { rows } = await client.query<{ order_number: string }>(sql);
        expect(rows.map((row) => row.order_number)).toEqual(["1958", "1908", "1858"]);
        expect(await indexesOf(client, sql)).toEqual(new Set(["orders_of_client"]));
      });
    });

    test("the open orders of an instrument in priority order, without reading closed ones", async () => {
      await withClient(database.url, async (client) => {
        const sql = `SELECT priority_sequence FROM orders WHERE instrument = 'BTC-USD'
          AND status IN ('open', 'partially_filled') AND priority_sequence > 2500 ORDER BY priority_sequence LIMIT 100`;
        const { rows } = await client.query<{ priority_sequence: string }>(sql);
        expect(rows.slice(0, 2)).toEqual([{ priority_sequence: "2501" }, { priority_sequence: "2504" }]);
        expect(await indexesOf(client, sql)).toEqual(new Set(["orders_open_by_priority"]));
      });
    });
  });
}

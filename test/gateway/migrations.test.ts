import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../host/history/migrate.ts";
import { createDatabase, databaseKinds, type TestDatabase, title } from "./services.ts";
import { moveWatermark, order, shipOrders, shipTrades, trade } from "./shipping.ts";

/** In the order of application. */
const MIGRATIONS = [
  "0001_orders",
  "0002_trades",
  "0003_watermarks",
  "0004_outbox_dead",
  "0005_recovery",
  "0006_order_terms",
  "0007_book_state",
  "0008_venue",
  "0009_trades_of_orders",
];

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`the migrations on ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;
    let client: pg.Client;

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      const first = await migrate(database.url);
      expect(first.applied).toEqual(MIGRATIONS);
      expect(first.partitions).toHaveLength(8);
      client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query("SET timezone = 'UTC'");
    });
    afterAll(async () => {
      await client?.end();
      await database?.drop();
    });

    async function rows(sql: string, params: unknown[] = []): Promise<unknown[]> {
      return (await client.query(sql, params)).rows;
    }

    async function makePartitions(from: string, weeks: number): Promise<unknown[]> {
      return rows(
        "SELECT partition_name AS name, outcome, rows_in_default::int AS stuck FROM make_trade_partitions($1, $2)",
        [from, weeks],
      );
    }

    test("a second time nothing is left to do", async () => {
      const { applied, partitions } = await migrate(database.url);
      expect(applied).toEqual([]);
      expect(new Set(partitions.map(({ outcome }) => outcome))).toEqual(new Set(["exists"]));
      expect(await rows("SELECT count(*)::int AS n FROM migrations")).toEqual([{ n: MIGRATIONS.length }]);
    });

    test("every table, partitions included, and every column has a comment", async () => {
      const silent = await rows(`
        SELECT class.relname, attribute.attname
        FROM pg_class AS class
        JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attnum > 0 AND NOT attisdropped
        WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p')
          AND (col_description(class.oid, attnum) IS NULL OR obj_description(class.oid, 'pg_class') IS NULL)`);
      expect(silent).toEqual([]);
      const tables = await rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
      );
      expect(tables.length).toBeGreaterThanOrEqual(5 + 1 + 8);
    });

    test("amounts are exact numerics and times carry their zone", async () => {
      const odd = await rows(`
        SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'migrations' AND data_type NOT IN
          ('numeric', 'bigint', 'integer', 'text', 'uuid', 'jsonb', 'timestamp with time zone')`);
      expect(odd).toEqual([]);
    });

    test("partitions are made ahead by the week, from Monday in UTC, and a second call makes none", async () => {
      const from = "2030-12-31T23:30:00-01:00"; // in UTC a Wednesday, and already the new year
      expect(await makePartitions(from, 2)).toEqual([
        { name: "trades_2031w01", outcome: "created", stuck: 0 },
        { name: "trades_2031w02", outcome: "created", stuck: 0 },
      ]);
      expect(await makePartitions(from, 3)).toMatchObject([
        { outcome: "exists" },
        { outcome: "exists" },
        { name: "trades_2031w03", outcome: "created" },
      ]);
      const edges = ["2030-12-29T23:59:59.999Z", "2030-12-30T00:00:00Z", "2031-01-05T23:59:59.999Z"];
      await shipTrades(
        client,
        edges.map((executed_at, index) =>
          trade({ instrument: "EDGE", trade_number: index + 1, executed_at }),
        ),
      );
      expect(
        await rows(
          "SELECT tableoid::regclass::text AS place FROM trades WHERE instrument = 'EDGE' ORDER BY trade_number",
        ),
      ).toEqual([{ place: "trades_default" }, { place: "trades_2031w01" }, { place: "trades_2031w01" }]);
      await expect(makePartitions(from, 0)).rejects.toMatchObject({ code: "22023" });
    });

    test("a week without a partition is caught, stays where it is, and moves on an operator's command", async () => {
      const late = [1, 2].map((trade_number) =>
        trade({ instrument: "LATE", trade_number, executed_at: "2020-02-05T10:00:00Z" }),
      );
      expect(await shipTrades(client, late)).toBe(2);
      expect(await makePartitions("2020-02-03T00:00:00Z", 2)).toEqual([
        { name: "trades_2020w06", outcome: "rows_in_default", stuck: 2 },
        { name: "trades_2020w07", outcome: "created", stuck: 0 },
      ]);
      const places =
        "SELECT DISTINCT tableoid::regclass::text AS place FROM trades WHERE instrument = 'LATE'";
      expect(await rows(places)).toEqual([{ place: "trades_default" }]);
      expect(await rows("SELECT move_trades_from_default('2020-02-07T00:00:00Z')::int AS moved")).toEqual([
        { moved: 2 },
      ]);
      expect(await rows(places)).toEqual([{ place: "trades_2020w06" }]);
      expect(await shipTrades(client, late)).toBe(0);
    });

    test("the same batch twice changes nothing, and an older row never replaces a newer", async () => {
      const instrument = "TWICE";
      const open = order({ instrument });
      const filled = {
        ...open,
        status: "partially_filled",
        filled_quantity: "0.5",
        remaining_quantity: "1.5",
        filled_notional: "50.05",
        filled_lots: 50_000_000,
        updated_sequence: 7,
        updated_at: "2026-11-23T12:00:05Z",
      };
      const trades = [1, 2, 3].map((trade_number) =>
        trade({ instrument, trade_number, sequence: trade_number + 4 }),
      );
      const ship = async () => [await shipOrders(client, [filled]), await shipTrades(client, trades)];
      expect(await shipOrders(client, [open])).toBe(1);
      expect(await ship()).toEqual([1, 3]);
      const state = () => rows("SELECT *, xmin FROM orders WHERE instrument = $1", [instrument]);
      const before = await state();
      expect(await ship()).toEqual([0, 0]);
      expect(await shipOrders(client, [open])).toBe(0);
      expect(await state()).toEqual(before);
      // A new epoch is newer, however low its sequence is.
      expect(await shipOrders(client, [{ ...filled, epoch: 2, updated_sequence: 2 }])).toBe(1);
    });

    test("numbers come back to the last digit", async () => {
      const quantity = "123456789012345678.12345678";
      const notional = "12358024580135802380.1580236780"; // times 100.10
      await shipTrades(client, [
        trade({ instrument: "EXACT", quantity, notional, quantity_lots: "9223372036854775807" }),
      ]);
      expect(
        await rows("SELECT quantity, notional, quantity_lots FROM trades WHERE instrument = 'EXACT'"),
      ).toEqual([{ quantity, notional, quantity_lots: "9223372036854775807" }]);
    });

    test.each<[string, Record<string, string | number | null>]>([
      ["quantities that do not add up", { filled_quantity: "0.1" }],
      ["a status that is none", { status: "pending" }],
      ["a status that the quantities deny", { status: "filled" }],
      ["a price in one unit only", { price_ticks: null }],
      ["a reason without a cancel", { cancel_reason: "by_owner" }],
      ["a third side", { side: "both" }],
    ])("an order with %s is refused", async (_, overrides) => {
      await expect(shipOrders(client, [order(overrides)])).rejects.toMatchObject({ code: "23514" });
    });

    test("a watermark moves forward, never back, in any way", async () => {
      expect(await moveWatermark(client, "W", 1, 10)).toBe(1);
      expect(await moveWatermark(client, "W", 1, 10)).toBe(0);
      expect(await moveWatermark(client, "W", 1, 9)).toBe(0);
      expect(await moveWatermark(client, "W", 2, 3)).toBe(1);
      expect(await moveWatermark(client, "W", 1, 11)).toBe(0);
      await expect(
        client.query("UPDATE watermarks SET last_sequence = 2 WHERE instrument = 'W'"),
      ).rejects.toMatchObject({
        code: "23514",
        constraint: "watermarks_never_move_back",
      });
      expect(await rows("SELECT epoch, last_sequence FROM watermarks WHERE instrument = 'W'")).toEqual([
        { epoch: 2, last_sequence: "3" },
      ]);
    });

    test("rows and watermark are one transaction: a refused row takes the position back with it", async () => {
      await client.query("BEGIN");
      await moveWatermark(client, "ATOMIC", 1, 5);
      await expect(shipOrders(client, [order({ instrument: "ATOMIC", side: "both" })])).rejects.toThrow();
      await client.query("ROLLBACK");
      expect(await rows("SELECT * FROM watermarks WHERE instrument = 'ATOMIC'")).toEqual([]);
    });

    test("a row that is rejected twice is set aside once", async () => {
      const insert = `INSERT INTO outbox_dead (instrument, epoch, sequence, kind, row_key, payload, reason, sql_state)
        VALUES ('BTC-USD', 1, 9, 'trade', '4', '{"trade_number": "4"}', 'violates check', '23514') ON CONFLICT DO NOTHING`;
      await client.query(insert);
      await client.query(insert);
      expect(await rows("SELECT kind, row_key, resolved_at FROM outbox_dead")).toEqual([
        { kind: "trade", row_key: "4", resolved_at: null },
      ]);
    });
  });
}

describe("two at the same time", async () => {
  const [postgres] = await databaseKinds();
  test.skipIf(postgres?.reason !== null)(
    title("one migrates, the other waits and finds nothing to do", postgres?.reason ?? null),
    async () => {
      const database = await createDatabase("postgres");
      try {
        const reports = await Promise.all([migrate(database.url), migrate(database.url)]);
        expect(reports.map(({ applied }) => applied.length).sort()).toEqual([0, MIGRATIONS.length]);
      } finally {
        await database.drop();
      }
    },
  );

  test("a database that cannot be reached is reported", async () => {
    await expect(migrate("postgres://nobody:nothing@127.0.0.1:1/none")).rejects.toThrow("ECONNREFUSED");
  });
});

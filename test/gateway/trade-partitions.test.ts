import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { logText } from "../../durable-objects/runtime/log.ts";
import { migrate } from "../../host/history/migrate.ts";
import { makePartitionsDaily } from "../../host/history/partition-timer.ts";
import { makeTradePartitions, partitionLevel } from "../../worker/trade-partitions.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "./services.ts";
import { shipTrades, trade } from "./shipping.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEK = /^trades_\d{4}w\d{2}$/;

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`partitions ahead on ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;
    let gateway: Gateway;
    let vars: { DATABASE_URL: string; NEON_FETCH_ENDPOINT: string };

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      gateway = await startGateway({ postgres: database.source });
      const url = new URL(database.url);
      vars = {
        DATABASE_URL: `postgres://${url.username || "u"}:${url.password || "p"}@${url.host}${url.pathname}`,
        NEON_FETCH_ENDPOINT: `${gateway.url}/sql`,
      };
      await migrate(database.url);
    });
    beforeEach(() => execute("TRUNCATE trades"));
    afterEach(() => void vi.useRealTimers());
    afterAll(async () => {
      await gateway?.close();
      await database?.drop();
    });

    const execute = (sql: string) => withClient(database.url, (client) => client.query(sql));
    const partitions = async () => {
      const { rows } = await execute(
        "SELECT relname FROM pg_class WHERE relname ~ '^trades_[0-9]{4}w[0-9]{2}$' ORDER BY 1",
      );
      return rows.map(({ relname }) => relname as string);
    };
    /** Removes the partition made last, about seven weeks ahead. */
    const dropLast = async () => {
      const last = (await partitions()).at(-1) ?? expect.fail("there are partitions");
      await execute(`DROP TABLE ${last}`);
      return last;
    };

    test("missing partitions are made, and a second run makes none", async () => {
      const before = await partitions();
      const gone = await dropLast();
      const made = await makeTradePartitions(vars);
      expect(made.map(({ partition }) => partition)).toEqual(before);
      expect(made.every(({ partition }) => WEEK.test(partition))).toBe(true);
      expect(made.filter(({ outcome }) => outcome !== "exists")).toEqual([
        { partition: gone, outcome: "created", rows_in_default: 0 },
      ]);
      expect(new Set((await makeTradePartitions(vars)).map(({ outcome }) => outcome))).toEqual(
        new Set(["exists"]),
      );
    });

    test("a week whose rows are in the default partition is logged as a warning", async () => {
      const gone = await dropLast();
      const executed_at = new Date(Date.now() + 7 * 7 * DAY_MS).toISOString();
      await withClient(database.url, (client) =>
        shipTrades(client, [trade({ executed_at }), trade({ executed_at, trade_number: 2 })]),
      );
      const week = (await makeTradePartitions(vars)).at(-1) ?? expect.fail("there are weeks");
      expect(week).toEqual({ partition: gone, outcome: "rows_in_default", rows_in_default: 2 });
      expect(partitionLevel(week)).toBe("warn");
      await execute("TRUNCATE trades");
      expect((await makeTradePartitions(vars)).at(-1)?.outcome).toBe("created");
    });

    test("a run fails if Postgres rejects it, and if the gateway is down", async () => {
      await execute("ALTER FUNCTION make_trade_partitions RENAME TO make_away");
      await expect(makeTradePartitions(vars)).rejects.toMatchObject({ code: "42883" });
      await execute("ALTER FUNCTION make_away RENAME TO make_trade_partitions");
      gateway.faults.add({ target: "postgres", kind: "reset", count: 1 });
      await expect(makeTradePartitions(vars)).rejects.toThrow();
    });

    test("npm start's timer runs at once and each day, over a failure, and not after its end", async () => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
      const lines: string[] = [];
      const reached = (line: string) =>
        vi.waitFor(() => expect(lines.at(-1) ?? "").toContain(line), { timeout: 10_000 });
      const first = await dropLast();
      const end = makePartitionsDaily(vars, (...line) => lines.push(logText(...line)));
      await reached(`"partition":"${first}","outcome":"created"`);
      gateway.faults.add({ target: "postgres", kind: "refuse", count: 1 });
      vi.advanceTimersByTime(DAY_MS);
      await reached('"level":"error","event":"trade_partitions_failed"');
      const second = await dropLast();
      vi.advanceTimersByTime(DAY_MS);
      await reached(`"partition":"${second}","outcome":"created"`);
      expect(lines).toHaveLength(3);
      end();
      expect(vi.getTimerCount()).toBe(0);
    });
  });
}

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../host/history/migrate.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "../gateway/services.ts";
import { Flow } from "../mirror/flow.ts";
import {
  MirroredVenue,
  MirrorServers,
  type RedisConnection,
  redisServerReason,
} from "../mirror/mirrored-venue.ts";
import { Random } from "../support/random.ts";

const redisMissing = await redisServerReason();
const NAME = "BTC-USD";

for (const kind of await databaseKinds()) {
  const reason = kind.reason ?? redisMissing;
  describe.skipIf(reason !== null)(title(`verify on ${kind.name}`, reason), () => {
    const servers = new MirrorServers();
    let database: TestDatabase;
    let venue: MirroredVenue;
    let redis: RedisConnection;

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      await migrate(database.url);
      await servers.start(database.source);
      redis = await servers.connect();
      const url = new URL(database.url);
      venue = new MirroredVenue(servers, {
        ADMIN_TOKEN: "t",
        DATABASE_URL: `postgres://${url.username || "u"}:${url.password || "p"}@${url.host}${url.pathname}`,
        NEON_FETCH_ENDPOINT: `${servers.gateway.url}/sql`,
        JOURNAL_EVENTS_RETAINED: "100",
      });
      await venue.start();
      const flow = new Flow(new Random(301));
      await flow.steps(venue.http, 150);
      await operate("freeze");
      await settled();
    });
    afterAll(async () => {
      redis?.destroy();
      await venue?.stop();
      await servers.stop();
      await database?.drop();
    });

    const operate = async (operation: string, method = "POST") => {
      const path = `${venue.url}/admin/instruments/${NAME}/${operation}`;
      const response = await fetch(path, { method, headers: { authorization: "Bearer t" } });
      return (await response.json()) as Record<string, unknown>;
    };

    /** The report once everything could be compared. */
    async function settled() {
      let report = await operate("verify");
      for (let tries = 0; tries < 100 && (report.not_compared as string[]).length > 0; tries++) {
        await sleep(100);
        report = await operate("verify");
      }
      expect(report.not_compared).toEqual([]);
      return report;
    }

    const query = (statement: string) => withClient(database.url, (client) => client.query(statement));

    test("agrees when all is shipped, with most of the journal pruned", async () => {
      expect(await settled()).toMatchObject({ agrees: true, difference: null });
      const { rows } = await query(
        "SELECT count(*) AS open FROM orders WHERE status IN ('open', 'partially_filled')",
      );
      const { compared } = await settled();
      expect(compared).toContain(`Postgres, ${rows[0].open} open orders one by one`);
      expect(Number(rows[0].open)).toBeGreaterThan(10);
    });

    const oneOpen = "(SELECT order_id FROM orders WHERE status = 'open' ORDER BY order_number LIMIT 1)";
    const lastTrade = "(SELECT max(trade_number) FROM trades)";
    test.each<[string, string, RegExp, string]>([
      [
        "an open order's client",
        `UPDATE orders SET client_id = client_id || '!' WHERE order_id = ${oneOpen}`,
        /^order \d+: the instrument has .*, Postgres .*!"/,
        `UPDATE orders SET client_id = rtrim(client_id, '!') WHERE order_id = ${oneOpen}`,
      ],
      [
        "a trade's quantity",
        `UPDATE trades SET quantity_lots = quantity_lots + 1 WHERE trade_number = ${lastTrade}`,
        /^lots: the journal has \d+, Postgres \d+$/,
        `UPDATE trades SET quantity_lots = quantity_lots - 1 WHERE trade_number = ${lastTrade}`,
      ],
      [
        "a row that was refused",
        `INSERT INTO outbox_dead (instrument, epoch, sequence, kind, row_key, payload, reason)
         VALUES ('${NAME}', 1, 1, 'order', 'k', '{}', 'r')`,
        /^Postgres has rejected 1 rows/,
        "UPDATE outbox_dead SET resolved_at = now()",
      ],
      [
        "an order that is missing",
        `CREATE TABLE kept AS SELECT * FROM orders WHERE order_id = ${oneOpen};
         DELETE FROM orders WHERE order_id IN (SELECT order_id FROM kept)`,
        /^open orders: the book has \d+, Postgres \d+$/,
        "INSERT INTO orders SELECT * FROM kept; DROP TABLE kept",
      ],
    ])("names %s", async (_, tamper, difference, undo) => {
      await query(tamper);
      expect(await settled()).toMatchObject({ agrees: false, difference: expect.stringMatching(difference) });
      await query(undo);
      expect(await settled()).toMatchObject({ agrees: true });
    });

    test("names a level of the mirror", async () => {
      const [price = ""] = await redis.zRange(`{${NAME}}:bids`, -1, -1);
      const entry = (await redis.hGet(`{${NAME}}:bids:depth`, price)) ?? "";
      await redis.hSet(`{${NAME}}:bids:depth`, price, "77 7");
      expect(await settled()).toMatchObject({
        agrees: false,
        difference: expect.stringMatching(
          /^bids, level 1: the book has \{.*\}, Redis \{.*"77","orders":7\}$/,
        ),
      });
      await redis.hSet(`{${NAME}}:bids:depth`, price, entry);
      expect(await settled()).toMatchObject({ agrees: true });
    });

    test("reports what it could not compare", async () => {
      await servers.server.stop();
      const report = await operate("verify");
      expect(report).toMatchObject({
        agrees: true,
        not_compared: ["Redis: it could not be read; the log has the reason"],
      });
    });
  });
}

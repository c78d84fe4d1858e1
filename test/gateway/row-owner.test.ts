import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../host/history/migrate.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "./services.ts";
import { moveWatermark } from "./shipping.ts";

const [first, second] = [randomUUID(), randomUUID()];
const refusal = (instrument: string) =>
  `Postgres has ${instrument} of venue ${first}; this is venue ${second}`;

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`whose rows they are, on ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      await migrate(database.url);
    });
    afterAll(() => database?.drop());

    const query = (sql: string, params: unknown[] = []) =>
      withClient(database.url, (client) => client.query(sql, params));
    const expectWatermark = (instrument: string, after: number, venueId: string) =>
      query("SELECT expect_watermark($1, 1, $2, $3)", [instrument, after, venueId]);

    test("is checked first: another venue is refused with both ids, also for new instruments", async () => {
      await expectWatermark("OURS", 0, first);
      await withClient(database.url, (client) => moveWatermark(client, "OURS", 1, 10));
      await expect(expectWatermark("OURS", 10, first)).rejects.toMatchObject({
        code: "EB004",
        message: "the rows of OURS carry no venue's id",
      });
      await query("UPDATE watermarks SET venue_id = $1", [first]);
      await expectWatermark("OURS", 10, first);
      await expectWatermark("NEW", 0, first);
      for (const [instrument, after] of [["OURS", 10] as const, ["NEW", 0] as const]) {
        await expect(expectWatermark(instrument, after, second)).rejects.toMatchObject({
          code: "EB003",
          message: refusal("OURS"),
        });
      }
      await expect(expectWatermark("OURS", 11, first)).rejects.toMatchObject({ code: "EB001" });
    });

    test("the previous version can write them during an upgrade", async () => {
      await query("SELECT expect_watermark('OURS', 1, 10)");
      await withClient(database.url, (client) => moveWatermark(client, "OURS", 1, 12));
      const { rows } = await query("SELECT venue_id, last_sequence::int AS sequence FROM watermarks");
      expect(rows).toEqual([{ venue_id: first, sequence: 12 }]);
    });
  });
}

describe("two venues at the same time", async () => {
  const [postgres] = await databaseKinds();
  test.skipIf(postgres?.reason !== null)(
    title("in an empty database the second waits, and is refused", postgres?.reason ?? null),
    async () => {
      const database = await createDatabase("postgres");
      try {
        await migrate(database.url);
        const ship = (instrument: string, venueId: string, whileOpen: () => Promise<unknown>) =>
          withClient(database.url, async (client) => {
            await client.query("BEGIN");
            await client.query("SELECT expect_watermark($1, 1, 0, $2)", [instrument, venueId]);
            await moveWatermark(client, instrument, 1, 5, venueId);
            await whileOpen();
            await client.query("COMMIT");
          });
        const outcomes: unknown[] = [];
        let others: Promise<unknown> = Promise.resolve();
        await ship("BTC-USD", first, async () => {
          others = Promise.all(
            ["BTC-USD", "ETH-USD"].map((instrument) =>
              ship(instrument, second, async () => {}).catch(({ message }) => outcomes.push(message)),
            ),
          );
          await sleep(300);
          expect(outcomes).toEqual([]);
        });
        await others;
        expect(outcomes).toEqual([refusal("BTC-USD"), refusal("BTC-USD")]);
      } finally {
        await database.drop();
      }
    },
  );
});

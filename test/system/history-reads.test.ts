import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { migrate } from "../../dev/migrate.ts";
import { startVenue, type VenueProcess } from "../../dev/venue.ts";
import { type ListedOrderView, orderList } from "../../protocol/order-entry.ts";
import { health } from "../../protocol/problem.ts";
import { createDatabase, databaseKinds, type TestDatabase, title } from "../gateway/services.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { place } from "./calls.ts";
import { temporaryFolder } from "./venue-runner.ts";

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
      await eventually(async () => {
        const { instruments } = health.parse(await (await fetch(`${venue.url}/healthz`)).json());
        for (const { outbox } of instruments) expect(outbox?.[0]).toMatchObject({ lag_events: 0 });
      });
    });
    afterAll(async () => {
      await venue?.stop();
      await gateway?.close();
      await database?.drop();
    });

    async function listOf(query: string) {
      const response = await fetch(`${venue.url}/orders?client_id=client-A${query}`);
      const text = await response.text();
      expect(response.status, text).toBe(200);
      return orderList.parse(JSON.parse(text));
    }

    test("a client's orders of all instruments join in pages, newest first, as the instruments list them", async () => {
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
  });
}

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { migrate } from "../../host/history/migrate.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { health } from "../../protocol/health.ts";
import { type OrderListView, orderList } from "../../protocol/order-entry.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "../gateway/services.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { place, post } from "./support/calls.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const [kind] = await databaseKinds();
const reason = kind?.reason ?? null;
const TABLES = ["orders", "trades", "watermarks"];

describe.skipIf(reason !== null)(title("a read replica", reason), () => {
  const databases: TestDatabase[] = [];
  const gateways: Gateway[] = [];
  /** The received requests, by the database that they were for: its index in `databases`. */
  const seen: [string[], string[]] = [[], []];
  let router: Server;
  let venue: VenueProcess;
  const [primary, replica] = [() => databases[0] as TestDatabase, () => databases[1] as TestDatabase];

  beforeAll(async () => {
    for (let count = 0; count < 2; count++) {
      const database = await createDatabase("postgres");
      databases.push(database);
      await migrate(database.url);
      gateways.push(await startGateway({ postgres: database.source }));
    }
    const replicaName = new URL(replica().url).pathname.slice(1);
    // Like a replica, it rejects writes.
    await withClient(replica().url, (client) =>
      client.query(`ALTER DATABASE ${replicaName} SET default_transaction_read_only = on`),
    );
    // A gateway serves one database. Neon's service selects the one that a request names.
    router = createServer(async (request, response) => {
      const body = await text(request);
      const { pathname } = new URL(String(request.headers["neon-connection-string"]));
      const place = pathname === `/${replicaName}` ? 1 : 0;
      seen[place].push(body);
      const headers = Object.entries(request.headers).filter(([name]) => name.startsWith("neon-"));
      const answer = await fetch(`${gateways[place]?.url}/sql`, {
        method: "POST",
        headers: headers as [string, string][],
        body,
      });
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(await answer.text());
    }).listen(0, "127.0.0.1");
    await once(router, "listening");
    const vars = {
      DATABASE_URL: primary().url,
      DATABASE_READ_URL: replica().url,
      NEON_FETCH_ENDPOINT: `http://127.0.0.1:${(router.address() as AddressInfo).port}/sql`,
    };
    venue = await startVenue({ dataFolder: temporaryFolder(), vars, onLog: () => {} });
  });
  afterAll(async () => {
    await venue?.stop();
    router?.close();
    for (const gateway of gateways) await gateway.close();
    for (const database of databases) await database.drop();
  });

  async function list(): Promise<OrderListView> {
    const response = await fetch(`${venue.url}/orders?client_id=client-A`);
    expect(response.status).toBe(200);
    return orderList.parse(await response.json());
  }

  /** The coverage of the list: events happen only at the first instrument. */
  function coverage(sequence: number) {
    return [
      { instrument: "BTC-USD", as_of_sequence: sequence },
      { instrument: "ETH-USD", as_of_sequence: 0 },
    ];
  }

  /** Waits until the primary has every event. @returns the sequence. */
  function shipped(): Promise<number> {
    return eventually(async () => {
      const response = await fetch(`${venue.url}/healthz`);
      const [first] = health.parse(await response.json()).instruments;
      expect(first?.outbox?.[0]).toMatchObject({ lag_events: 0, last_error: null, dead_rows: 0 });
      return first?.sequence ?? 0;
    });
  }

  /** Does what replication does. */
  async function replicate(): Promise<void> {
    for (const table of TABLES) {
      const { rows } = await withClient(primary().url, (client) =>
        client.query(`SELECT json_agg(row) AS all FROM ${table} AS row`),
      );
      await withClient(replica().url, async (client) => {
        await client.query("SET default_transaction_read_only = off");
        await client.query(`TRUNCATE ${table}`);
        const insert = `INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`;
        if (rows[0].all !== null) await client.query(insert, [JSON.stringify(rows[0].all)]);
      });
    }
  }

  test("answers reads up to its own position, and gets no writes", async () => {
    const early = [await place(venue.url), await place(venue.url, { side: "sell", quantity: 0.2 })];
    const earlySequence = await shipped();
    expect(await list(), "nothing is replicated").toMatchObject({ orders: [], covers: coverage(0) });

    await replicate();
    const caughtUp = await list();
    expect(caughtUp.covers).toEqual(coverage(earlySequence));
    expect(caughtUp.orders.map(({ order_id }) => order_id)).toEqual(
      early.map(({ order_id }) => order_id).reverse(),
    );

    const [first] = early;
    expect((await post(`${venue.url}/orders/${first?.order_id}/cancel`)).status).toBe(200);
    await place(venue.url);
    const lateSequence = await shipped();
    expect(lateSequence).toBeGreaterThan(earlySequence);
    expect(await list(), "the replica lags").toEqual(caughtUp);
    await replicate();
    const late = await list();
    expect(late.covers).toEqual(coverage(lateSequence));
    expect(late.orders.map(({ status }) => status)).toEqual(["open", "filled", "cancelled"]);

    const [toPrimary, toReplica] = seen;
    const isWrite = (body: string) => /INSERT INTO|UPDATE SET|DELETE FROM/.test(body);
    expect(toPrimary.filter(isWrite).length).toBeGreaterThan(1);
    expect(toPrimary.filter((body) => body.includes("accepted_ms"))).toEqual([]);
    expect(toReplica).toHaveLength(4);
    expect(toReplica.filter(isWrite)).toEqual([]);
  });
});

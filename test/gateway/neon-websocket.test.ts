import { once } from "node:events";
import { Client, neon, neonConfig, Pool } from "@neondatabase/serverless";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "./services.ts";

neonConfig.useSecureWebSocket = false;
neonConfig.pipelineConnect = false;
neonConfig.webSocketConstructor = WebSocket;

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`Neon's WebSocket over ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;
    let gateway: Gateway;

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      gateway = await startGateway({ postgres: database.source });
      neonConfig.wsProxy = `127.0.0.1:${gateway.port}/v2`;
      neonConfig.fetchEndpoint = `${gateway.url}/sql`;
      await withClient(database.url, (client) =>
        client.query("CREATE TABLE note (id int PRIMARY KEY, words text)"),
      );
    });
    afterEach(() => gateway.faults.clear());
    afterAll(async () => {
      await gateway?.close();
      await database?.drop();
    });

    async function connected(): Promise<Client> {
      const client = new Client(database.url);
      client.on("error", () => {}); // tests check the query that fails
      await client.connect();
      return client;
    }

    async function countOf(id: number): Promise<number> {
      const rows = await neon(database.url)`SELECT count(*)::int AS n FROM note WHERE id = ${id}`;
      return Number(rows[0]?.n);
    }

    test("an interactive transaction commits, and one rolled back leaves nothing", async () => {
      const client = await connected();
      await client.query("BEGIN");
      await client.query("INSERT INTO note VALUES ($1, $2)", [1, "kept"]);
      await client.query("COMMIT");
      await client.query("BEGIN");
      await client.query("INSERT INTO note VALUES (2, 'undone')");
      await client.query("ROLLBACK");
      await client.end();
      expect([await countOf(1), await countOf(2)]).toEqual([1, 0]);
    });

    test("an error reaches the client whole, and the connection stays usable", async () => {
      const client = await connected();
      await expect(client.query("SELECT nothing_like_it")).rejects.toMatchObject({
        code: "42703",
        position: "8",
      });
      expect((await client.query("SELECT 5 AS five")).rows).toEqual([{ five: 5 }]);
      await client.end();
    });

    // A transaction that never ends would block all clients of the embedded database.
    test("a transaction ends with the connection of its client", async () => {
      const client = await connected();
      await client.query("BEGIN");
      await client.query("INSERT INTO note VALUES (3, 'lost')");
      (client as unknown as { connection: { stream: { ws: WebSocket } } }).connection.stream.ws.terminate();
      await expect.poll(() => countOf(3)).toBe(0);
    });

    test("clients and requests at the same time get their own answers, however large", async () => {
      const sql = neon(database.url);
      const large = "x".repeat(300_000);
      const pool = new Pool({ connectionString: database.url, max: 4 });
      const ask = async (who: number, turn: number) => {
        const words = `${who}/${turn}/${turn % 3 === 0 ? large : ""}`;
        const client = await pool.connect();
        try {
          await client.query("BEGIN");
          const { rows } = await client.query("SELECT $1::text AS words, $2::int AS who", [words, who]);
          await client.query("COMMIT");
          expect(rows).toEqual([{ words, who }]);
        } finally {
          client.release();
        }
        expect(await sql`SELECT ${words}::text AS words, ${turn}::int AS turn`).toEqual([{ words, turn }]);
      };
      await Promise.all(
        [1, 2, 3, 4].map(async (who) => {
          for (let turn = 0; turn < 15; turn++) await ask(who, turn);
        }),
      );
      await pool.end();
    });

    test("the address in the request is ignored: every connection leads to the served database", async () => {
      neonConfig.wsProxy = (host, port) => `127.0.0.1:${gateway.port}/v1?address=${host}:${port}`;
      const elsewhere = new URL(database.url);
      elsewhere.hostname = "db.example.com";
      elsewhere.port = "1";
      const client = new Client(elsewhere.href);
      await client.connect();
      expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      await client.end();
      neonConfig.wsProxy = `127.0.0.1:${gateway.port}/v2`;
    });

    test("web pages and other paths are refused", async () => {
      const status = async (path: string, headers: Record<string, string>) => {
        const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, { headers });
        const [error] = (await once(socket, "error")) as [Error];
        return error.message;
      };
      expect(await status("/v2", { origin: "https://example.com" })).toContain("403");
      expect(await status("/elsewhere", {})).toContain("404");
    });

    test("faults reach the WebSocket: refused, answered with a status, delayed, reset at the first answer", async () => {
      gateway.faults.add({ target: "postgres", kind: "refuse", count: 1 });
      gateway.faults.add({ target: "postgres", kind: "status", status: 503, count: 1 });
      gateway.faults.add({ target: "postgres", kind: "reset", count: 1 });
      gateway.faults.add({ target: "postgres", kind: "delay", milliseconds: 150, count: 1 });
      for (let attempt = 0; attempt < 3; attempt++) await expect(connected()).rejects.toBeDefined();
      const before = performance.now();
      const client = await connected();
      expect(performance.now() - before).toBeGreaterThanOrEqual(145);
      expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      await client.end();
      expect(gateway.faults.list().map(({ fired }) => fired)).toEqual([1, 1, 1, 1]);
    });
  });
}

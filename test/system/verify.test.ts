import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { migrate } from "../../dev/migrate.ts";
import { startVenue, type VenueProcess } from "../../dev/venue.ts";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "../gateway/services.ts";

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`verify on ${kind.name}`, kind.reason), () => {
    let database: TestDatabase;
    let gateway: Gateway;
    let venue: VenueProcess;
    const dataFolder = mkdtempSync(join(tmpdir(), "edgebook-verify-"));

    beforeAll(async () => {
      database = await createDatabase(kind.name);
      await migrate(database.url);
      gateway = await startGateway({ postgres: database.source });
      const url = new URL(database.url);
      const vars = {
        ADMIN_TOKEN: "t",
        DATABASE_URL: `postgres://${url.username || "u"}:${url.password || "p"}@${url.host}${url.pathname}`,
        NEON_FETCH_ENDPOINT: `${gateway.url}/sql`,
      };
      venue = await startVenue({ dataFolder, vars, onLog: () => {} });
    });
    afterAll(async () => {
      await venue?.stop();
      await gateway?.close();
      await database?.drop();
      rmSync(dataFolder, { recursive: true });
    });

    const operate = async (operation: string, method = "POST") => {
      const path = `${venue.url}/admin/instruments/BTC-USD/${operation}`;
      const response = await fetch(path, { method, headers: { authorization: "Bearer t" } });
      return (await response.json()) as Record<string, unknown>;
    };

    test("agrees when all is shipped, and names what was changed behind its back", async () => {
      for (const side of ["buy", "sell", "sell"]) {
        const order = { client_id: "c", instrument: "BTC-USD", side, type: "limit", price: 100, quantity: 2 };
        const headers = { "content-type": "application/json" };
        const body = JSON.stringify(order);
        expect((await fetch(`${venue.url}/orders`, { method: "POST", headers, body })).status).toBe(201);
      }
      let report = await operate("verify");
      for (let tries = 0; tries < 100 && (report.not_compared as string[]).length > 0; tries++) {
        await sleep(100);
        report = await operate("verify");
      }
      expect(report).toMatchObject({ agrees: true, difference: null, not_compared: [] });
      await withClient(database.url, (client) => client.query("DELETE FROM trades"));
      expect(await operate("verify")).toMatchObject({
        agrees: false,
        difference: "trades: the journal has 1, Postgres 0",
      });
    });
  });
}

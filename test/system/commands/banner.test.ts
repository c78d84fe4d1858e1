import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../../dev/gateway/gateway.ts";
import { migrate } from "../../../host/history/migrate.ts";
import { startVenue } from "../../../host/venue.ts";
import { memoryImage } from "../../gateway/memory-image.ts";
import { eventually } from "../../mirror/mirrored-venue.ts";
import { freePort } from "../../support/free-port.ts";
import { place } from "../support/calls.ts";
import { Program, start, temporaryFolder } from "../support/venue-runner.ts";

const TOKEN = "of-the-test";
let gateway: Gateway;
let program: Program | undefined;

beforeAll(async () => {
  gateway = await startGateway({ postgres: { embedded: { image: await memoryImage() } } });
  await migrate(gateway.databaseUrl);
});
afterEach(() => program?.killGroup());
afterAll(() => gateway?.close());

const database = () => ({ DATABASE_URL: gateway.databaseUrl, NEON_FETCH_ENDPOINT: `${gateway.url}/sql` });

/** The output of `npm start` until it is complete, and its address. */
async function begin(folder: string, environment: Readonly<Record<string, string>> = {}) {
  const port = String(await freePort());
  program = start({ ...environment, PORT: port, DATA_DIR: folder, ADMIN_TOKEN: TOKEN });
  await program.line(/To operate it/);
  return { output: program.output, url: `http://127.0.0.1:${port}` };
}

/** Runs a line of the banner verbatim. */
async function obey(output: string, command: RegExp, url: string): Promise<void> {
  const line = command.exec(output)?.[0];
  expect(line, output).toBeDefined();
  for (const words of (line ?? "").split(", then ")) {
    const admin = new Program([...words.split(" "), "--url", url], { ADMIN_TOKEN: TOKEN });
    expect(await admin.ended, `${words}: ${admin.output}`).toBe(0);
  }
}

describe("the banner of npm start", () => {
  test("has three commands to try if everything trades, and names instruments that do not", async () => {
    const folder = temporaryFolder();
    const first = await begin(folder);
    expect(first.output).toContain("Three things to try");
    expect(first.output).not.toContain("Not everything");
    const headers = { authorization: `Bearer ${TOKEN}` };
    const path = "/admin/instruments/BTC-USD/freeze";
    expect((await fetch(first.url + path, { method: "POST", headers })).status).toBe(200);
    await program?.stop();

    const second = await begin(folder);
    expect(second.output).toMatch(/BTC-USD is frozen since 20\S+Z: the instrument is frozen/);
    expect(second.output).not.toContain("Three things to try");
    await obey(second.output, /npm run admin -- unfreeze BTC-USD/, second.url);
    await place(second.url);
    await program?.stop();
  });

  test("names the owner of a database's rows, and how to take them over", async () => {
    const venueId = randomUUID();
    const vars = { ...database(), VENUE_ID: venueId };
    const other = await startVenue({ dataFolder: temporaryFolder(), vars, onLog: () => {} });
    await place(other.url);
    await eventually(async () => {
      const { instruments } = (await (await fetch(`${other.url}/healthz`)).json()) as {
        instruments: { outbox: { last_sequence: number }[] }[];
      };
      expect(instruments[0]?.outbox[0]?.last_sequence).toBe(2);
    });
    await other.stop();

    const { output, url } = await begin(temporaryFolder(), database());
    expect(output).toMatch(/BTC-USD is lost since 20\S+Z/);
    expect(output).toContain(`Postgres has BTC-USD of venue ${venueId}; this is venue `);
    expect(output).not.toContain("ETH-USD");
    expect(output).not.toContain("Three things to try");
    await obey(output, /npm run admin -- rebuild BTC-USD --adopt .*/, url);
    await place(url, { client_id: "client-B" });
    await program?.stop();
  });
});

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { beginGateway, type WaitingGateway } from "../../dev/gateway/gateway.ts";
import { migrate } from "../../host/history/migrate.ts";
import { startVenue, type VenueProcess } from "../../host/venue.ts";
import { memoryImage } from "../gateway/memory-image.ts";
import { withClient } from "../gateway/services.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { place, post } from "./support/calls.ts";
import { copyProjectTo } from "./support/project-copy.ts";
import { Program, temporaryFolder } from "./support/venue-runner.ts";

const ORDER = {
  client_id: "client-A",
  instrument: "BTC-USD",
  side: "buy",
  type: "limit",
  price: 50_000,
  quantity: 0.5,
};
let gateway: WaitingGateway | undefined;
let venue: VenueProcess | undefined;
let program: Program | undefined;
afterEach(async () => {
  program?.killGroup();
  await venue?.stop();
  await gateway?.close();
  [gateway, venue, program] = [undefined, undefined, undefined];
});

/** A venue whose Postgres exists but is not open yet. */
async function begin(vars: Readonly<Record<string, string>>) {
  gateway = await beginGateway({ postgres: { embedded: { image: await memoryImage() } } });
  const { databaseUrl, url } = gateway;
  const all = { ...vars, DATABASE_URL: databaseUrl, NEON_FETCH_ENDPOINT: `${url}/sql` };
  const dataFolder = temporaryFolder();
  venue = await startVenue({ dataFolder, vars: all, onLog: () => {} });
  return { gateway, url: venue.url, dataFolder };
}

const open = (waiting: WaitingGateway) =>
  waiting.open(async (databaseUrl) => void (await migrate(databaseUrl)));

/** The sequence up to which Postgres has the first instrument; undefined if it has nothing of it. */
function lastSequence({ databaseUrl }: WaitingGateway): Promise<number | undefined> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      "SELECT last_sequence::int AS n FROM watermarks WHERE instrument = 'BTC-USD'",
    );
    return rows[0]?.n;
  });
}

describe("a venue whose history is not open yet", () => {
  test("trades if it is new, and ships once history is open", async () => {
    const { gateway: waiting, url } = await begin({ HISTORY_IS_NEW: "true" });
    const { updated_sequence } = await place(url, ORDER);
    await open(waiting);
    await eventually(async () => expect(await lastSequence(waiting)).toBe(updated_sequence), 60_000);
  });

  test("accepts nothing if it may not be new, until Postgres has answered", async () => {
    const { gateway: waiting, url } = await begin({});
    const refused = await post(`${url}/orders`, ORDER);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: "frozen" });
    await open(waiting);
    await eventually(() => place(url, ORDER), 60_000);
  });

  test("counts as new once: storage that is lost while it runs is detected as lost", async () => {
    const { gateway: waiting, url, dataFolder } = await begin({ HISTORY_IS_NEW: "true" });
    const { updated_sequence } = await place(url, ORDER);
    await open(waiting);
    await eventually(async () => expect(await lastSequence(waiting)).toBe(updated_sequence), 60_000);
    const folder = join(dataFolder, "objects", "edgebook-Instrument");
    for (const name of readdirSync(folder)) if (/^[0-9a-f]{64}\./.test(name)) rmSync(join(folder, name));
    // The object stays in memory until it has been idle for some seconds. It then starts again, with nothing
    // stored.
    await eventually(async () => {
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({
        instruments: [{ trading_status: "lost", trading_status_reason: "storage_lost" }, {}],
      });
    }, 60_000);
    expect((await post(`${url}/orders`, ORDER)).status).toBe(503);
  });
});

test("npm start takes the first order before history is open, and history has it afterwards", async () => {
  // A checkout of its own, which keeps no empty database yet: making one takes long enough.
  const folder = temporaryFolder();
  copyProjectTo(folder);
  const port = String(await freePort());
  const env = { PORT: port, DATA_DIR: temporaryFolder() };
  program = new Program([process.execPath, join(folder, "host", "start.ts")], env, folder);
  await program.line(/Edgebook trades at/);
  const { order_id } = await place(`http://127.0.0.1:${port}`, ORDER);
  expect(program.output).toContain("History is not open yet");
  expect(program.output).not.toContain("History is open.");
  await program.line(/History is open\./);
  await eventually(async () => {
    const listed = await fetch(`http://127.0.0.1:${port}/orders?client_id=client-A`);
    expect(await listed.json()).toMatchObject({ orders: [{ order_id }] });
  }, 60_000);
  expect(await program.stop()).toBe(0);
});

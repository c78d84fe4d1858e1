import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { withClient } from "../gateway/services.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { Random } from "../support/random.ts";
import { place, post } from "./support/calls.ts";
import { type Program, start, temporaryFolder } from "./support/venue-runner.ts";

const SEED = Number(process.env.DAMAGE_SEED ?? Date.now() % 1_000_000);
/** So few that most events here are pruned. */
const EVENTS_RETAINED = "10";
const CLIENT = "client-A";
/** To make a database from nothing takes six seconds of a core, and there may be ten who want it. */
const MADE_ANEW_MS_MAX = 90_000;

const programs: Program[] = [];
/** A data folder with some history, and the paths of its database's files. */
const folder = temporaryFolder();
let relationFiles: string[];
let lastSequence = 0;
let openIds: string[];

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.killGroup();
    await program.ended;
  }
});

async function begin(dataFolder: string) {
  const port = String(await freePort());
  const env = { PORT: port, DATA_DIR: dataFolder, JOURNAL_EVENTS_RETAINED: EVENTS_RETAINED };
  const program = start(env);
  programs.push(program);
  await program.line(/Edgebook trades at/);
  const config = readFileSync(join(dataFolder, "workerd.capnp"), "utf8");
  const databaseUrl = /"DATABASE_URL", text = "([^"]+)"/.exec(config)?.[1] ?? "";
  return { program, url: `http://127.0.0.1:${port}`, databaseUrl };
}

/** The rows of the instrument in the database. */
function held(databaseUrl: string) {
  return withClient(databaseUrl, async (client) => {
    const open =
      "SELECT order_id FROM orders WHERE status IN ('open', 'partially_filled') ORDER BY order_number";
    const { rows: orders } = await client.query(open);
    const { rows } = await client.query(
      "SELECT epoch, last_sequence::int FROM watermarks WHERE instrument = 'BTC-USD'",
    );
    return { openIds: orders.map(({ order_id }) => order_id as string), watermark: rows[0] };
  });
}

beforeAll(async () => {
  const { program, url, databaseUrl } = await begin(folder);
  const first = await place(url, { price: 100 });
  for (let round = 0; round < 30; round++) {
    await place(url, { price: 200 + round });
    const { order_id } = await place(url, { price: 50 });
    expect((await post(`${url}/orders/${order_id}/cancel`)).status).toBe(200);
  }
  const last = await place(url, {
    client_id: "client-B",
    side: "sell",
    type: "market",
    price: undefined,
    quantity: 0.7,
  });
  lastSequence = last.updated_sequence;
  await eventually(async () => expect((await held(databaseUrl)).watermark?.last_sequence).toBe(lastSequence));
  ({ openIds } = await held(databaseUrl));
  expect(openIds).toContain(first.order_id);
  expect(openIds.length).toBeGreaterThan(25);
  relationFiles = await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT pg_relation_filepath(oid) AS path FROM pg_class
       WHERE relkind IN ('r', 'i') AND pg_relation_size(oid) > 0 ORDER BY relname`,
    );
    return rows.map(({ path }) => path as string);
  });
  await program.stop();
}, 120_000);

const damages: readonly [string, (path: string, random: Random) => void][] = [
  ["cut short", (path, random) => truncateSync(path, random.below(statSync(path).size) | 1)],
  ["deleted", (path) => unlinkSync(path)],
  [
    "overwritten in places",
    (path, random) => {
      const file = openSync(path, "r+");
      for (let count = 0; count < 8; count++) {
        writeSync(file, Buffer.alloc(32, 0xa5), 0, 32, random.below(statSync(path).size));
      }
      closeSync(file);
    },
  ],
];

describe(`a history with a damaged file, seed ${SEED}`, () => {
  test.each(damages)("%s, is set aside and shipped again", { timeout: 300_000 }, async (kind, damage) => {
    const random = new Random(SEED + kind.length);
    const dataFolder = join(temporaryFolder(), "venue");
    cpSync(folder, dataFolder, { recursive: true });
    const path = relationFiles[random.below(relationFiles.length)] ?? "";
    damage(join(dataFolder, "postgres", path), random);

    const { program, url, databaseUrl } = await begin(dataFolder);
    const [, aside = ""] = await program.line(/The embedded history is damaged .*moved to (\S+)\. /);
    expect(existsSync(join(aside, "global")), path).toBe(true);
    // Nothing has happened since. The events of the journal are still shipped again.
    await eventually(async () => {
      const { watermark, openIds: ids } = await held(databaseUrl);
      expect(watermark).toEqual({ epoch: 1, last_sequence: lastSequence });
      expect(ids).toEqual(openIds);
    }, MADE_ANEW_MS_MAX);
    const { order_id, updated_sequence } = await place(url, { client_id: CLIENT, price: 99 });
    await eventually(async () => {
      const { watermark, openIds: ids } = await held(databaseUrl);
      expect(watermark.last_sequence).toBe(updated_sequence);
      expect(ids).toEqual([...openIds, order_id]);
    }, MADE_ANEW_MS_MAX);
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: "ok" });
    expect(await program.stop()).toBe(0);
    if (kind !== damages.at(-1)?.[0]) return;
    // The next start finds it undamaged.
    const again = await begin(dataFolder);
    expect(again.program.output).not.toContain("damaged");
    expect((await held(again.databaseUrl)).openIds).toEqual([...openIds, order_id]);
  });
});

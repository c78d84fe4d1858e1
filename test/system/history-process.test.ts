import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { StreamBook } from "../../load/stream/stream-book.ts";
import { withClient } from "../gateway/services.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { place } from "./support/calls.ts";
import { type Program, start, temporaryFolder } from "./support/venue-runner.ts";

const CLIENTS = 4;
/** Half a minute of a busy machine. */
const WAIT_MS_MAX = 60_000;
/** The state that Postgres notes in its control file when it is shut down, and the place of it there. */
const SHUT_DOWN = 1;
const STATE_AT = 16;

let program: Program | undefined;
afterEach(async () => {
  program?.killGroup();
  await program?.ended;
});

/** Starts a venue. @returns once its history is open. */
async function begin(folder: string) {
  const port = String(await freePort());
  program = start({ PORT: port, DATA_DIR: folder, ADMIN_TOKEN: "t" });
  await program.line(/Edgebook trades at/);
  const config = readFileSync(join(folder, "workerd.capnp"), "utf8");
  const databaseUrl = /"DATABASE_URL", text = "([^"]+)"/.exec(config)?.[1] ?? "";
  const venue = { program, url: `http://127.0.0.1:${port}`, databaseUrl };
  await withClient(databaseUrl, (client) => client.query("SELECT FROM watermarks"));
  return venue;
}

/** The id of the process that has the database of a data folder. */
const historyPid = (folder: string) => Number(readFileSync(join(folder, "postgres.pid"), "utf8"));
/** The id of the workerd of a data folder. */
const workerdPid = (folder: string) => Number(readFileSync(join(folder, "venue.pid"), "utf8").split("\n")[1]);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What Postgres noted about itself when it last wrote its control file. */
function stateOf(folder: string): number {
  const file = openSync(join(folder, "postgres", "global", "pg_control"), "r");
  const bytes = Buffer.alloc(STATE_AT + 4);
  readSync(file, bytes);
  closeSync(file);
  return bytes.readInt32LE(STATE_AT);
}

/** How many orders history has, and up to which event. */
function held(databaseUrl: string) {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM orders) AS orders, (SELECT last_sequence::int FROM watermarks
       WHERE instrument = 'BTC-USD') AS sequence`,
    );
    return rows[0];
  });
}

test("orders are taken while the process of history is killed, and history has all of them", {
  timeout: 180_000,
}, async () => {
  const folder = temporaryFolder();
  const { program, url, databaseUrl } = await begin(folder);
  let [orders, sequence, isTrading] = [0, 0, true];
  const trade = async (client_id: string) => {
    for (let count = 0; isTrading; count++) {
      const { updated_sequence } = await place(url, { client_id, side: count % 2 === 0 ? "buy" : "sell" });
      sequence = Math.max(sequence, updated_sequence);
      orders++;
      await sleep(10);
    }
  };
  const trading = Promise.all(Array.from({ length: CLIENTS }, (_, index) => trade(`client-${index}`)));
  await eventually(async () => expect((await held(databaseUrl)).orders).toBeGreaterThan(0), WAIT_MS_MAX);
  const killed = historyPid(folder);
  process.kill(killed, "SIGKILL");
  await program.line(/The process of history ended \(SIGKILL\)/);
  const before = orders;
  await program.line(/History is open again/);
  expect(orders).toBeGreaterThan(before);
  expect(historyPid(folder)).not.toBe(killed);
  isTrading = false;
  await trading;
  await eventually(async () => expect(await held(databaseUrl)).toEqual({ orders, sequence }), WAIT_MS_MAX);
  await eventually(async () => {
    const headers = { authorization: "Bearer t" };
    const reply = await fetch(`${url}/admin/instruments/BTC-USD/verify`, { method: "POST", headers });
    expect(await reply.json()).toMatchObject({
      agrees: true,
      difference: null,
      not_compared: ["Redis: none is configured"],
    });
  }, WAIT_MS_MAX);
  expect(await program.stop()).toBe(0);
});

test("if npm start is killed, the process of history closes the database and ends", async () => {
  const folder = temporaryFolder();
  const { program, url, databaseUrl } = await begin(folder);
  const { updated_sequence } = await place(url);
  const all = { orders: 1, sequence: updated_sequence };
  await eventually(async () => expect(await held(databaseUrl)).toEqual(all), WAIT_MS_MAX);
  const pid = historyPid(folder);
  expect(stateOf(folder)).not.toBe(SHUT_DOWN);
  await program.stop("SIGKILL");
  await eventually(async () => expect(isAlive(pid)).toBe(false), WAIT_MS_MAX);
  expect(stateOf(folder)).toBe(SHUT_DOWN);
  const again = await begin(folder);
  expect(await held(again.databaseUrl)).toEqual(all);
  expect(again.program.output).not.toContain("damaged");
});

test("Ctrl-C ends the process of history after the venue", async () => {
  const folder = temporaryFolder();
  const { program, url } = await begin(folder);
  const [venue, history] = [workerdPid(folder), historyPid(folder)];
  // The venue waits some seconds for a subscriber that stays.
  await StreamBook.connect(url, "BTC-USD");
  const interrupted = program.interrupt();
  const seen: string[] = [];
  while (isAlive(venue)) {
    if (!isAlive(history)) seen.push("the venue outlived its history");
    await sleep(20);
  }
  expect(seen).toEqual([]);
  expect(await interrupted, program.output).toBe(0);
  expect(isAlive(history)).toBe(false);
  expect(stateOf(folder)).toBe(SHUT_DOWN);
  expect(program.output).not.toContain("The process of history ended");
});

test("Ctrl-C ends a venue whose process of history does nothing any more", async () => {
  const folder = temporaryFolder();
  const port = String(await freePort());
  program = start({ PORT: port, DATA_DIR: folder });
  // It is written when the process of history has begun, and has not opened the database.
  await eventually(async () => expect(existsSync(join(folder, "workerd.capnp"))).toBe(true), WAIT_MS_MAX);
  const history = historyPid(folder);
  process.kill(history, "SIGSTOP");
  await program.line(/Edgebook trades at/);
  await place(`http://127.0.0.1:${port}`);
  expect(program.output).toContain("History is not open yet");
  expect(await program.interrupt(), program.output).toBe(0);
  expect(program.output).toContain("History did not close cleanly (SIGKILL)");
  expect(program.lines.at(-1)).toBe("Stopped. All data is kept for the next start.");
  expect(isAlive(history)).toBe(false);
});

/**
 * Measures how long it takes to restore an instrument with many open orders: from Postgres after its storage
 * was lost, and from its own storage after a restart.
 *
 *   npm run bench:rebuild -- [--orders 500000] [--clients 1000] [--levels 2000]
 *
 * Exits with 1 if the rebuilt book does not agree with Postgres.
 */

import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { startStack } from "../dev/stack.ts";
import { build } from "../host/build.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { startVenue, type VenueProcess } from "../host/venue.ts";
import { describeMachine } from "./machine.ts";
import { INSTRUMENTS, orderRows } from "./open-orders.ts";
import { formatTable } from "./table.ts";

const { values } = readCommandLine({
  name: "npm run bench:rebuild",
  about: "Measures how long it takes to restore an instrument with many open orders.",
  options: {
    orders: { type: "string", value: "N", help: "open orders", default: "500000" },
    clients: { type: "string", value: "N", help: "clients", default: "1000" },
    levels: { type: "string", value: "N", help: "price levels", default: "2000" },
  },
});
const orders = whole("orders", 2_000_000);
const clients = whole("clients", 100_000);
const levels = whole("levels", 100_000);
const TOKEN = "operator";
const ROWS_AT_ONCE = 10_000;

const folder = mkdtempSync(join(tmpdir(), "edgebook-rebuild-"));
chmodSync(folder, 0o755); // the user of Postgres must be able to enter it
const stack = await startStack({ folder: join(folder, "stack") });
let venue: VenueProcess | undefined;
try {
  await build();
  console.log(
    `${describeMachine(folder)}; ${orders} open orders of ${clients} clients, ${levels} prices a side\n`,
  );
  await fillPostgres(stack.postgres.url);
  const vars = { ...stack.environment, ADMIN_TOKEN: TOKEN, INSTRUMENTS };
  const options = { dataFolder: join(folder, "venue"), vars, onLog: "discard" } as const;
  venue = await startVenue(options);
  const { elapsed_ms: rebuildMs, open_orders: rebuilt } = await timedRebuild(venue.url);
  const rebuiltMegabytes = residentMegabytes(venue.pid);
  const { agrees, difference } = await ask(venue.url, "verify");
  await venue.stop();
  venue = await startVenue(options);
  const restartSeconds = await restoreSeconds(venue.url);
  const rows = [
    [
      "rebuilt from Postgres",
      String(rebuilt),
      (Number(rebuildMs) / 1000).toFixed(1),
      rebuiltMegabytes.toFixed(0),
    ],
    [
      "restarted from storage",
      String(rebuilt),
      restartSeconds.toFixed(1),
      residentMegabytes(venue.pid).toFixed(0),
    ],
  ];
  console.log(formatTable(["how", "open orders", "seconds", "resident MB of workerd"], rows));
  console.log(
    `\nagrees with Postgres, order by order: ${agrees}${difference === null ? "" : `: ${difference}`}`,
  );
  if (agrees !== true || rebuilt !== orders) process.exitCode = 1;
} finally {
  await venue?.stop();
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}

async function fillPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let from = 1; from <= orders; from += ROWS_AT_ONCE) {
      const rows = orderRows(from, Math.min(from + ROWS_AT_ONCE - 1, orders), clients, levels);
      await client.query(
        "INSERT INTO orders SELECT * FROM jsonb_populate_recordset(NULL::orders, $1::jsonb)",
        [JSON.stringify(rows)],
      );
    }
    await client.query(
      "INSERT INTO watermarks (instrument, epoch, last_sequence, last_event_at) VALUES ('BTC-USD', 1, $1, now())",
      [2 * orders],
    );
    await client.query("ANALYZE");
  } finally {
    await client.end();
  }
}

/** Rebuilds, and prints the progress. */
async function timedRebuild(url: string): Promise<Record<string, unknown>> {
  // The rows have no venue id.
  const done = ask(url, "rebuild?adopt=none");
  let isDone = false;
  const ended = done.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await Promise.race([ended, sleep(2_000)]);
    const { rebuild } = await ask(url, "status", "GET");
    if (rebuild !== null) console.log(`  ${JSON.stringify(rebuild)}`);
  }
  return done;
}

async function ask(url: string, operation: string, method = "POST"): Promise<Record<string, unknown>> {
  const path = `${url}/admin/instruments/BTC-USD/${operation}`;
  const response = await fetch(path, { method, headers: { authorization: `Bearer ${TOKEN}` } });
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok)
    throw new Error(`${operation} got status ${response.status}:  ${body.code}: ${body.detail}`);
  return body;
}

async function restoreSeconds(url: string): Promise<number> {
  const response = await fetch(`${url}/healthz`);
  const { instruments } = (await response.json()) as { instruments: { restore_seconds: number }[] };
  return instruments[0]?.restore_seconds ?? Number.NaN;
}

function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

function whole(name: keyof typeof values, max: number): number {
  const count = Number(values[name]);
  if (Number.isInteger(count) && count >= 1 && count <= max) return count;
  throw new Error(`--${name} must be an integer from 1 to ${max}`);
}

/**
 * Measures the effect of an outage of Postgres on trading: a closed loop at full rate with Postgres on, and
 * one with Postgres off from before the first order until after the last. Each has its own servers, venue and
 * book.
 *
 *   npm run bench:outage -- [--seconds 60] [--warm-up 3] [--connections 64] [--rounds 2] [--seed 1]
 *
 * Exits with 1 if an order fails, or if Postgres does not end with exactly the acknowledged orders.
 */

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Stack, startStack } from "../dev/stack.ts";
import { build } from "../host/build.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { startVenue, type VenueProcess } from "../host/venue.ts";
import type { LoadResult } from "./generator.ts";
import { cpuSeconds, describeMachine } from "./machine.ts";
import { type Drain, watchDrain } from "./outbox-lag.ts";
import { readFlushes, runGenerator } from "./run-generator.ts";
import { formatTable } from "./table.ts";

const { values } = readCommandLine({
  name: "npm run bench:outage",
  about: "Measures the effect of an outage of Postgres on trading.",
  options: {
    seconds: { type: "string", value: "SECONDS", help: "duration of the measurement", default: "60" },
    "warm-up": { type: "string", value: "SECONDS", help: "duration of the warm-up", default: "3" },
    connections: { type: "string", value: "N", help: "connections", default: "64" },
    rounds: {
      type: "string",
      value: "N",
      help: "number of runs with Postgres on, and with Postgres off",
      default: "2",
    },
    seed: { type: "string", value: "N", help: "seed of the orders", default: "1" },
  },
});
const seconds = whole("seconds", 600);
const warmUpSeconds = whole("warm-up", 60);
const connections = whole("connections", 1_000);
const rounds = whole("rounds", 10);
const seed = whole("seed", 2 ** 31);

interface Row {
  readonly isOn: boolean;
  readonly result: LoadResult;
  readonly commandsPerFlush: number;
  readonly serverCpuShare: number | undefined;
  readonly drain: Drain;
}

const folder = mkdtempSync(join(tmpdir(), "edgebook-outage-"));
chmodSync(folder, 0o755); // the user of Postgres must be able to enter it
try {
  await build();
  console.log(
    `${describeMachine(folder)}; ${seconds} s after ${warmUpSeconds} s, ${connections} connections\n`,
  );
  const rows: Row[] = [];
  for (let round = 0; round < rounds; round++) {
    // Each goes first equally often, in case the machine is slower the second time.
    for (const isOn of round % 2 === 0 ? [true, false] : [false, true])
      rows.push(await run(isOn, rows.length));
  }
  console.log(`${tableOf(rows)}\n\n${ratioLine(rows)}`);
  for (const { result } of rows) {
    if (result.errors === 0) continue;
    console.error(`${result.errors} errors, the first: ${result.firstError}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One run on its own servers and venue, from the first order to the last row in Postgres. */
async function run(isOn: boolean, number: number): Promise<Row> {
  const runFolder = join(folder, `run-${number}`);
  const stack = await startStack({ folder: join(runFolder, "stack") });
  let venue: VenueProcess | undefined;
  try {
    const options = { dataFolder: join(runFolder, "venue"), vars: stack.environment };
    venue = await startVenue({ ...options, onLog: "discard" });
    return await measure(isOn, stack, venue);
  } finally {
    await venue?.stop();
    await stack.close();
    rmSync(runFolder, { recursive: true, force: true });
  }
}

async function measure(isOn: boolean, { postgres }: Stack, { url, pid }: VenueProcess): Promise<Row> {
  await touchInstrument(url);
  if (!isOn) await postgres.stop();
  const startMs = performance.now();
  const shape = { connections, warmUpSeconds, seconds, hasKeys: true, seed };
  const result = await runGenerator({ ...shape, url });
  const usedSeconds = cpuSeconds(pid);
  const flushes = await readFlushes(url);
  const serverCpuShare = usedSeconds && usedSeconds / ((performance.now() - startMs) / 1_000);
  if (!isOn) await postgres.start();
  const drain = await watchDrain(url);
  await checkOrders(postgres.url, result);
  return { isOn, result, commandsPerFlush: flushes.commands / flushes.count, serverCpuShare, drain };
}

/** Before the first order of its life, an instrument asks Postgres whether it is new. */
async function touchInstrument(url: string): Promise<void> {
  const response = await fetch(`${url}/orders/00000000-0000-8001-8001-000000000001/cancel`, {
    method: "POST",
  });
  if (response.status !== 404)
    throw new Error(`the cancel of an unknown order got status ${response.status}`);
}

/** Checks that every key from the first to the last is there once, and no other. @throws if not. */
async function checkOrders(databaseUrl: string, { acknowledged, keyPrefix }: LoadResult): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT count(*)::int AS orders, count(DISTINCT number)::int AS numbers, min(number) AS first, max(number) AS last
       FROM (SELECT substring(idempotency_key FROM length($1) + 2)::int AS number FROM orders
             WHERE starts_with(idempotency_key, $1 || '-')) AS numbered`,
      [keyPrefix],
    );
    const total = await client.query("SELECT count(*)::int AS orders FROM orders");
    const held = { ...rows[0], total: total.rows[0]?.orders };
    const expected = {
      orders: acknowledged,
      numbers: acknowledged,
      first: 1,
      last: acknowledged,
      total: acknowledged,
    };
    for (const [name, count] of Object.entries(expected)) {
      if (held[name] === count) continue;
      throw new Error(`${acknowledged} orders were acknowledged, Postgres holds ${JSON.stringify(held)}`);
    }
  } finally {
    await client.end();
  }
}

function tableOf(rows: readonly Row[]): string {
  const heading = [
    "Postgres",
    "orders/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "commands/flush",
    "server CPU",
  ];
  const drains = [
    "behind at the end, events",
    "first batch, s",
    "level, s",
    "orders in Postgres = acknowledged",
  ];
  const cells = rows.map(({ isOn, result, commandsPerFlush, serverCpuShare, drain }) => {
    const { p50, p99, p999, max } = result.latencyMs;
    return [
      isOn ? "on" : "off",
      integer(result.answersPerSecond),
      ...[p50, p99, p999, max, commandsPerFlush].map((value) => value.toFixed(1)),
      serverCpuShare?.toFixed(2) ?? "",
      integer(drain.lagEvents),
      drain.firstSeconds.toFixed(1),
      drain.levelSeconds.toFixed(1),
      integer(result.acknowledged),
    ];
  });
  return formatTable([...heading, ...drains], cells);
}

/** The ratio of throughput and p99 with Postgres off to those with it on, each as the mean of its runs. */
function ratioLine(rows: readonly Row[]): string {
  const mean = (isOn: boolean, of: (result: LoadResult) => number) => {
    const figures = rows.filter((row) => row.isOn === isOn).map(({ result }) => of(result));
    return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  };
  const ratio = (of: (result: LoadResult) => number) => (mean(false, of) / mean(true, of)).toFixed(2);
  const throughput = ratio(({ answersPerSecond }) => answersPerSecond);
  return `off ÷ on: orders/s ${throughput}, p99 ${ratio(({ latencyMs }) => latencyMs.p99)}`;
}

function integer(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** @throws if an option is not a whole number from 1 to its maximum. */
function whole(name: keyof typeof values, largest: number): number {
  const text = values[name];
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= largest) return value;
  throw new Error(`--${name} must be a whole number from 1 to ${largest}, but is "${text}"`);
}

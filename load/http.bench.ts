import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../host/build.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import type { VenueOptions } from "../host/venue.ts";
import { EDGES_OPTION, microsecondsEach, startBenchServer } from "./bench-server.ts";
import type { LoadResult, LoadTask } from "./generator.ts";
import { describeMachine } from "./machine.ts";
import { readFlushes, runGenerator } from "./run-generator.ts";
import { storeKeys } from "./stored-keys.ts";

const { values } = readCommandLine({
  name: "npm run bench:http",
  about:
    "Measures how many orders per second a venue accepts over HTTP, and their latency, beside two baselines.",
  options: {
    url: { type: "string", value: "URL", help: "a running venue, instead of those it starts" },
    connections: { type: "string", value: "N", help: "connections of the closed loop", default: "64" },
    seconds: { type: "string", value: "SECONDS", help: "duration of the measurement", default: "10" },
    "warm-up": { type: "string", value: "SECONDS", help: "duration of the warm-up", default: "3" },
    rate: {
      type: "string",
      value: "N",
      help: "requests per second of the open loop; may be repeated",
      multiple: true,
      default: ["500", "1000", "2000", "4000"],
    },
    edges: EDGES_OPTION,
    "stored-keys": {
      type: "string",
      value: "N",
      help: "also measures a venue that has answers stored under so many keys of 10,000 clients",
      default: "0",
    },
    "no-keys": { type: "boolean", help: "orders have no idempotency keys", default: false },
    seed: { type: "string", value: "N", help: "seed of the orders", default: "1" },
  },
});

/** Enough connections for about a second of delay at the rates of the open loop. */
const OPEN_LOOP_CONNECTIONS = 512;

interface Row {
  readonly name: string;
  readonly isClosedLoop: boolean;
  readonly result: LoadResult;
  /** Microseconds of CPU time an answer over the whole run, by process. */
  readonly workerdUs?: string;
  readonly edgesUs?: string;
  readonly commandsPerFlush?: number | undefined;
}

type Shape = Pick<LoadTask, "connections" | "ratePerSecond">;

const folder = mkdtempSync(join(tmpdir(), "edgebook-bench-"));
try {
  const rows = values.url === undefined ? await benchOwn() : await benchUrl(values.url);
  console.log(`${describeMachine(folder)}\n`);
  console.table(tableOf(rows));
  for (const { name, result } of rows) {
    if (result.errors > 0) console.error(`${name}: ${result.errors} errors, the first: ${result.firstError}`);
  }
  process.exitCode = rows.some(({ result }) => result.errors > 0) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}

/** Measures the venue and, in the same run, the platform's cost without it. */
async function benchOwn(): Promise<Row[]> {
  await build();
  const rows: Row[] = [];
  const closed: Shape = { connections: Number(values.connections) };
  for (const name of ["static", "empty-rpc"]) {
    const base = join(import.meta.dirname, "baseline", name);
    const program = { bundleFolder: base, wranglerFile: join(base, "wrangler.toml") };
    rows.push(await benchServer(name, closed, { edges: 0, program }));
  }
  const edges = Number(values.edges);
  if (edges > 0) rows.push(await benchServer("orders, workerd alone", closed, { edges: 0 }));
  rows.push(await benchServer("orders", closed, { edges }));
  const storedKeys = Number(values["stored-keys"]);
  if (storedKeys > 0)
    rows.push(await benchServer(`orders, ${storedKeys} keys stored`, closed, { edges, storedKeys }));
  for (const rate of values.rate) {
    const open: Shape = { connections: OPEN_LOOP_CONNECTIONS, ratePerSecond: Number(rate) };
    rows.push(await benchServer(`orders, ${rate}/s due`, open, { edges }));
  }
  return rows;
}

/** Measures a running venue, on this machine or another: only what clients observe. */
async function benchUrl(url: string): Promise<Row[]> {
  const rows = [await benchVenue("orders, closed loop", url, { connections: Number(values.connections) })];
  for (const rate of values.rate) {
    const open: Shape = { connections: OPEN_LOOP_CONNECTIONS, ratePerSecond: Number(rate) };
    rows.push(await benchVenue(`orders, ${rate}/s due`, url, open));
  }
  return rows;
}

interface ServerOptions extends Pick<VenueOptions, "program"> {
  readonly edges: number;
  readonly storedKeys?: number;
}

/** Every run has its own server and an empty data folder, so that no run inherits another's book. */
async function benchServer(name: string, shape: Shape, options: ServerOptions): Promise<Row> {
  const { edges, program, storedKeys = 0 } = options;
  const dataFolder = mkdtempSync(join(folder, "run-"));
  const server = await startBenchServer(edges, { dataFolder, ...(program === undefined ? {} : { program }) });
  if (storedKeys > 0) await storeKeys(server.url, storedKeys);
  const before = server.cpu();
  const row =
    program === undefined
      ? await benchVenue(name, server.url, shape)
      : { name, isClosedLoop: true, result: await generate(server.url, shape) };
  const after = server.cpu();
  await server.stop();
  const { acknowledged } = row.result;
  return {
    ...row,
    workerdUs: microsecondsEach(before.workerd, after.workerd, acknowledged),
    edgesUs: edges === 0 ? "" : microsecondsEach(before.edges, after.edges, acknowledged),
  };
}

async function benchVenue(name: string, url: string, shape: Shape): Promise<Row> {
  const before = await readFlushes(url);
  const result = await generate(url, shape);
  const after = await readFlushes(url);
  return {
    name,
    isClosedLoop: shape.ratePerSecond === undefined,
    result,
    commandsPerFlush: (after.commands - before.commands) / (after.count - before.count),
  };
}

function generate(url: string, shape: Shape): Promise<LoadResult> {
  return runGenerator({
    ...shape,
    url,
    warmUpSeconds: Number(values["warm-up"]),
    seconds: Number(values.seconds),
    hasKeys: !values["no-keys"],
    seed: Number(values.seed),
  });
}

function tableOf(rows: readonly Row[]): Record<string, string | number>[] {
  /** The ratio of a throughput to a baseline's. The rate of an open loop is fixed, so it has none. */
  const ratio = ({ result, isClosedLoop }: Row, baseline: string): string => {
    const base = rows.find((row) => row.name === baseline)?.result.answersPerSecond;
    return base === undefined || !isClosedLoop ? "" : (result.answersPerSecond / base).toFixed(2);
  };
  return rows.map((row) => {
    const { name, result, workerdUs = "", edgesUs = "", commandsPerFlush } = row;
    return {
      run: name,
      "answers/s": Math.round(result.answersPerSecond),
      "÷ static": ratio(row, "static"),
      "÷ empty RPC": ratio(row, "empty-rpc"),
      ...Object.fromEntries(Object.entries(result.latencyMs).map(([at, ms]) => [`${at} ms`, ms.toFixed(1)])),
      "commands/flush": commandsPerFlush?.toFixed(1) ?? "",
      errors: result.errors,
      "generator CPU": result.cpuShare.toFixed(2),
      "workerd µs": workerdUs,
      "edges µs": edgesUs,
    };
  });
}

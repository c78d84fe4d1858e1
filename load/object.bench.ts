/**
 * Measures the object of an instrument alone: what a request costs it, by kind and by the number of requests
 * that arrive together. Requests come over a link, as from an edge, and this process does nothing but send
 * them. Each message is sent when the one before it is answered.
 *
 *   npm run bench:object -- [--rounds 5] [--sizes 1,10,100,1000] [--kinds rests,cancelled,…] [--before FOLDER]
 *
 * `--before` is the folder of another version whose bundle was built. It is measured by turns with this one.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BUNDLE_FOLDER, build, bundle, ROOT } from "../host/build.ts";
import { EdgeLinks } from "../host/edge/edge-links.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { startVenue, type VenueProcess } from "../host/venue.ts";
import { bytesWritten, cpuMicroseconds, describeMachine } from "./machine.ts";
import { KINDS, type Kind, Requests, type Submit } from "./object/kinds.ts";
import type { StatementCounts } from "./object/statement-counts.ts";
import { INSTRUMENTS } from "./open-orders.ts";
import { percentile } from "./percentile.ts";
import { formatTable } from "./table.ts";

const { values } = readCommandLine({
  name: "npm run bench:object",
  about: "Measures what a request costs an instrument's object, by kind and by requests that come together.",
  options: {
    rounds: { type: "string", value: "N", help: "rounds of each measurement", default: "5" },
    sizes: { type: "string", value: "LIST", help: "requests that come together", default: "1,10,100,1000" },
    kinds: { type: "string", value: "LIST", help: `of ${KINDS.join(", ")}`, default: KINDS.join(",") },
    before: { type: "string", value: "FOLDER", help: "another version, built, for a comparison" },
  },
});

const LINK_SECRET = "benchmark";
/** The requests of one message while orders are prepared. */
const PREPARED_AT_ONCE = 500;
/** The messages of a round, at least one. Larger ones are fewer. */
const ROUND_REQUESTS = { 1: 300, 10: 1_000, 100: 3_000 } as Readonly<Record<number, number>>;
const WARM_UP_REQUESTS = 10_000;

/** A running venue with a link to its instrument. */
interface Target {
  readonly venue: VenueProcess;
  readonly submit: Submit;
  readonly requests: Requests;
  readonly close: () => Promise<void>;
}

/** The cost of the requests of one round, each in microseconds of CPU and in bytes written. */
interface Cost {
  readonly micros: number;
  readonly bytes: number;
}

const folder = mkdtempSync(join(tmpdir(), "edgebook-object-"));
const targets: Target[] = [];
try {
  await build();
  const counted = join(folder, "counted-bundle");
  await bundle([join(import.meta.dirname, "object", "counted", "index.ts"), "--outdir", counted]);
  const counting = await start("counting", ROOT, counted);
  targets.push(counting, await start("this", ROOT, BUNDLE_FOLDER));
  if (values.before !== undefined)
    targets.push(await start("before", values.before, join(values.before, "dist", "bundle")));
  console.log(`${describeMachine(folder)}; a cost is the lower quartile of ${values.rounds} rounds\n`);
  const measured = targets.slice(1);
  for (const target of measured) await warmUp(target);
  const rows: string[][] = [];
  for (const kind of values.kinds.split(",") as Kind[])
    for (const size of values.sizes.split(",").map(Number))
      rows.push(await measure(kind, size, measured, counting));
  const costs = ["µs/request", "µs/message", ...(values.before === undefined ? [] : ["µs/request before"])];
  const counts = ["bytes/request", "statements/message", "rows/request"];
  console.log(formatTable(["kind", "together", ...costs, ...counts], rows));
} finally {
  for (const target of targets) await target.close();
  rmSync(folder, { recursive: true, force: true });
}

async function start(name: string, root: string, bundleFolder: string): Promise<Target> {
  const program = { bundleFolder, wranglerFile: join(root, "wrangler.toml") };
  const venue = await startVenue({
    dataFolder: join(folder, name),
    linkSecret: LINK_SECRET,
    vars: { INSTRUMENTS },
    onLog: "discard",
    program,
  });
  const links = new EdgeLinks({ linkPort: venue.linkPort, linkSecret: LINK_SECRET });
  const door = links.door("BTC-USD");
  // All calls of a turn share a message of the link.
  const submit: Submit = (lines) => Promise.all(lines.map((line) => door.submit(line)));
  const submitAll: Submit = async (lines) => {
    const answers: string[] = [];
    for (let from = 0; from < lines.length; from += PREPARED_AT_ONCE)
      for (const answer of await submit(lines.slice(from, from + PREPARED_AT_ONCE))) answers.push(answer);
    return answers;
  };
  const close = async () => {
    links.close();
    await venue.stop("SIGKILL");
  };
  return { venue, submit, requests: new Requests(submitAll), close };
}

async function warmUp({ submit, requests }: Target): Promise<void> {
  for (const kind of KINDS) {
    const lines = await requests.prepare(kind, WARM_UP_REQUESTS / KINDS.length);
    await send(submit, lines, 10);
  }
}

async function send(submit: Submit, lines: readonly string[], size: number): Promise<void> {
  for (let from = 0; from < lines.length; from += size) await submit(lines.slice(from, from + size));
}

async function measure(
  kind: Kind,
  size: number,
  measured: readonly Target[],
  counting: Target,
): Promise<string[]> {
  const share = kind === "trades ten" ? 4 : 1;
  const count = Math.max(1, Math.round((ROUND_REQUESTS[size] ?? 5_000) / share / size)) * size;
  const costs = measured.map((): Cost[] => []);
  for (let round = 0; round < Number(values.rounds); round++)
    for (const index of round % 2 === 0 ? measured.keys() : [...measured.keys()].reverse())
      costs[index]?.push(await costOf(measured[index] as Target, kind, size, count));
  const { statements, rowsWritten } = await statementsOf(counting, kind, size, count);
  const [own = 0, before] = costs.map((each) => lowerQuartile(each.map(({ micros }) => micros)));
  const bytes = lowerQuartile((costs[0] ?? []).map((each) => each.bytes));
  return [
    kind,
    String(size),
    own.toFixed(1),
    (own * size).toFixed(0),
    ...(before === undefined ? [] : [before.toFixed(1)]),
    bytes.toFixed(0),
    ((statements * size) / count).toFixed(1),
    (rowsWritten / count).toFixed(1),
  ];
}

function lowerQuartile(all: readonly number[]): number {
  return percentile(
    all.toSorted((a, b) => a - b),
    0.25,
  );
}

async function costOf(target: Target, kind: Kind, size: number, count: number): Promise<Cost> {
  const { venue, submit, requests } = target;
  const lines = await requests.prepare(kind, count);
  // What follows the preparation, such as the counters at rest, is not part of the cost.
  await sleep(30);
  const [micros, bytes] = [cpuMicroseconds(venue.pid), bytesWritten(venue.pid)];
  await send(submit, lines, size);
  return {
    micros: (cpuMicroseconds(venue.pid) - micros) / count,
    bytes: (bytesWritten(venue.pid) - bytes) / count,
  };
}

async function statementsOf(
  { venue, submit, requests }: Target,
  kind: Kind,
  size: number,
  count: number,
): Promise<StatementCounts> {
  const read = async () => (await (await fetch(`${venue.url}/statements`)).json()) as StatementCounts;
  const lines = await requests.prepare(kind, count);
  await read();
  await send(submit, lines, size);
  return read();
}

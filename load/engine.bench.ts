/**
 * Measures the engine by itself: no network, no storage, one thread.
 *
 *   npm run bench:engine                                      all streams, then latencies by book size
 *   npm run bench:engine -- --streams stay,crash --messages 500000 --seed 3
 *   npm run bench:engine -- --streams stay --write stay.csv   also writes the stream
 *   npm run bench:engine -- --file stay.csv                   measures a stream from a file
 *   npm run bench:engine -- --orders default|terms            with self-trade prevention; with icebergs and expiries
 *
 * Streams are made before the measurement (see generate-stream.ts for the mix, stream-file.ts for the format
 * of files). For each command, the measured time includes making its object, `apply`, and clearing its
 * events. A modify is a cancel and a new order: two commands, one message.
 */

import { cpus } from "node:os";
import { apply } from "../engine/apply.ts";
import { OrderBook } from "../engine/book/order-book.ts";
import { stateHash } from "../engine/book/state-hash.ts";
import { EventBuffer } from "../engine/vocabulary/event-buffer.ts";
import { readCommandLine } from "../host/tools/command-line.ts";
import { NaiveBook } from "../test/support/naive-book.ts";
import { restoredBook } from "../test/support/test-book.ts";
import { BENCH_RULES, type CommandStream, ORDER_KINDS } from "./command-stream.ts";
import { generateStream, PRICE_PATHS } from "./generate-stream.ts";
import { measureBytesPerOrder, measureGrowth, measureLatencies, timerCostNs } from "./latency.ts";
import { readStreamFile, StreamFileWriter } from "./stream-file.ts";
import { formatTable } from "./table.ts";

const TIMED_RUNS = 3;
const NAIVE_COMMANDS = 20_000;
const RESTING_COUNTS = [100, 10_000, 1_000_000];

const { values } = readCommandLine({
  name: "npm run bench:engine",
  about: "Measures the engine by itself: no network, no storage, one thread.",
  options: {
    seed: { type: "string", value: "N", help: "seed of the streams", default: "1" },
    messages: { type: "string", value: "N", help: "messages of a stream", default: "2000000" },
    streams: {
      type: "string",
      value: "NAMES",
      help: "streams, separated by commas",
      default: Object.keys(PRICE_PATHS).join(","),
    },
    file: { type: "string", value: "FILE", help: "measures a stream from a file" },
    write: { type: "string", value: "FILE", help: "also writes the stream" },
    orders: { type: "string", value: "KIND", help: "what kind of orders", default: "plain" },
  },
});
const seed = Number(values.seed);
const orders = ORDER_KINDS.find((kind) => kind === values.orders);
if (orders === undefined) throw new Error(`--orders must be one of ${ORDER_KINDS.join(", ")}`);
const messageCount = Number(values.messages);

console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, seed ${seed}`);
const rows: string[][] = [];
if (values.file === undefined) for (const name of values.streams.split(",")) measureGenerated(name);
else await measureFile(values.file);
const heading = ["stream", "messages", "commands", "commands/s", "of three runs", "ns each", "trades"];
console.log(formatTable([...heading, "resting at most", "at the end", "levels"], rows));
if (values.file === undefined) measureBySize();

function measureGenerated(name: string): void {
  const path = PRICE_PATHS[name];
  if (path === undefined)
    throw new Error(`no stream has the name ${name}; the names are ${Object.keys(PRICE_PATHS)}`);
  const writer = values.write === undefined ? undefined : new StreamFileWriter(values.write);
  const stream = generateStream(
    path,
    messageCount,
    seed,
    writer && ((message) => writer.write(message)),
    orders,
  );
  writer?.close();
  measureStream(name, stream, messageCount);
}

async function measureFile(path: string): Promise<void> {
  const { stream, messageCount, skippedCount } = await readStreamFile(path);
  console.log(`${path}: ${skippedCount} messages skipped, because their order no longer rests`);
  measureStream(path, stream, messageCount);
}

/** Times a stream three times. The state hash verifies each run. */
function measureStream(name: string, stream: CommandStream, messages: number): void {
  verifyAgainstNaive(name, stream);
  const expected = stateHash(stream.book);
  const rates: number[] = [];
  for (let run = 0; run < TIMED_RUNS; run++) {
    const book = new OrderBook(BENCH_RULES);
    const seconds = timeStream(book, stream);
    const hash = stateHash(book);
    if (hash !== expected) throw new Error(`${name}: run ${run} ended in ${hash}, not ${expected}`);
    rates.push(stream.length / seconds);
  }
  rates.sort((a, b) => a - b);
  const [low = 0, median = 0, high = 0] = rates;
  const { tradeNumber, restingCount } = stream.book;
  const levels = stream.book.side(0).levelCount + stream.book.side(1).levelCount;
  const spread = `${millions(low)}–${millions(high)}`;
  const figures = [
    median,
    spread,
    (1e9 / median).toFixed(0),
    tradeNumber,
    stream.mostResting,
    restingCount,
    levels,
  ];
  rows.push([name, messages, stream.length, ...figures].map((figure) => textOf(figure)));
}

function timeStream(book: OrderBook, stream: CommandStream): number {
  const events = new EventBuffer();
  const startMs = performance.now();
  for (let index = 0; index < stream.length; index++) {
    apply(book, stream.at(index), events);
    events.clear();
  }
  return (performance.now() - startMs) / 1_000;
}

/** Checks that the engine's book and the naive one agree on the beginning of the stream. */
function verifyAgainstNaive(name: string, stream: CommandStream): void {
  const naive = new NaiveBook(BENCH_RULES);
  const book = new OrderBook(BENCH_RULES);
  const events = new EventBuffer();
  const count = Math.min(NAIVE_COMMANDS, stream.length);
  for (let index = 0; index < count; index++) {
    naive.apply(stream.at(index));
    apply(book, stream.at(index), events);
    events.clear();
  }
  const [hash, expected] = [stateHash(book), stateHash(restoredBook(naive))];
  if (hash !== expected)
    throw new Error(`${name}: the naive book has ${expected} after ${count}, not ${hash}`);
}

function measureBySize(): void {
  const latencies = RESTING_COUNTS.map((restingCount) => measureLatencies(restingCount, seed));
  latencies.push(measureGrowth(1_000_000, seed));
  const cells = latencies.map(({ name, percentiles, levels }) => [name, ...percentiles, levels].map(textOf));
  const heading = ["ns a command", "p50", "p99", "p99.9", "max", "levels"];
  console.log(`each figure includes reading the timer, which takes ${timerCostNs()} ns`);
  console.log(formatTable(heading, cells));
  console.log(`bytes a resting order, at 1,000,000: ${measureBytesPerOrder(1_000_000, seed)}`);
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(2)}M`;
}

function textOf(figure: string | number): string {
  return typeof figure === "string" ? figure : Math.round(figure).toLocaleString("en");
}

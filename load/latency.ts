import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { apply } from "../engine/apply.ts";
import { OrderBook } from "../engine/book/order-book.ts";
import { stateHash } from "../engine/book/state-hash.ts";
import { EventBuffer } from "../engine/vocabulary/event-buffer.ts";
import { BENCH_RULES, type CommandStream } from "./command-stream.ts";
import { generateSteadyStream } from "./generate-stream.ts";

const TIMED_COMMANDS = 1_000_000;
const WARM_UP_COMMANDS = 100_000;

/** The duration of single commands. */
export interface Latencies {
  readonly name: string;
  /** p50, p99, p99.9 and the maximum, in nanoseconds. */
  readonly percentiles: readonly number[];
  readonly levels: number;
}

/** Times commands one by one on a book that keeps about this many orders. */
export function measureLatencies(restingCount: number, seed: number): Latencies {
  const stream = generateSteadyStream(restingCount, WARM_UP_COMMANDS + TIMED_COMMANDS, seed);
  const { book, samplesNs } = sample(stream, stream.length - TIMED_COMMANDS);
  return { name: `${restingCount.toLocaleString("en")} resting`, ...summary(book, samplesNs) };
}

/** Times placing orders into an empty book until it has this many. It shows the pauses when arrays grow. */
export function measureGrowth(restingCount: number, seed: number): Latencies {
  const { book, samplesNs } = sample(generateSteadyStream(restingCount, 0, seed), 0);
  return { name: `growing to ${restingCount.toLocaleString("en")}`, ...summary(book, samplesNs) };
}

/** The memory per order of a book with this many orders. */
export function measureBytesPerOrder(restingCount: number, seed: number): number {
  const stream = generateSteadyStream(restingCount, 0, seed);
  const before = usedBytes();
  const { book } = sample(stream, stream.length);
  const after = usedBytes();
  return Math.round((after - before) / book.restingCount);
}

/** The duration of reading the timer, in nanoseconds: the median of many. */
export function timerCostNs(): number {
  const samplesNs = new Float64Array(100_000);
  for (let index = 0; index < samplesNs.length; index++) {
    const startMs = performance.now();
    samplesNs[index] = (performance.now() - startMs) * 1e6;
  }
  return Math.round(percentile(samplesNs.sort(), 0.5));
}

/** Applies a stream and times its commands from `first` on. */
function sample(stream: CommandStream, first: number): { book: OrderBook; samplesNs: Float64Array } {
  const book = new OrderBook(BENCH_RULES);
  const events = new EventBuffer();
  const samplesNs = new Float64Array(stream.length - first);
  for (let index = 0; index < first; index++) {
    apply(book, stream.at(index), events);
    events.clear();
  }
  for (let index = first; index < stream.length; index++) {
    const command = stream.at(index);
    const startMs = performance.now();
    apply(book, command, events);
    samplesNs[index - first] = (performance.now() - startMs) * 1e6;
    events.clear();
  }
  if (stateHash(book) !== stateHash(stream.book)) throw new Error("the timed run ended in another state");
  return { book, samplesNs };
}

function summary(book: OrderBook, samplesNs: Float64Array): Omit<Latencies, "name"> {
  samplesNs.sort();
  const percentiles = [0.5, 0.99, 0.999, 1].map((share) => percentile(samplesNs, share));
  return { percentiles, levels: book.side(0).levelCount + book.side(1).levelCount };
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

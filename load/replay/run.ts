import { ApiClient, type ListedInstrument } from "../api-client.ts";
import { StreamBook } from "../stream/stream-book.ts";
import { type BookRow, isOffBook, type Message, type RowLevel } from "./lobster-file.ts";
import { Mentions } from "./mentions.ts";
import { planOrders } from "./order-plan.ts";
import { Replayer } from "./replayer.ts";
import { figure, Report } from "./report.ts";
import { RowCheck, type RowReader } from "./row-check.ts";
import { RowFollower } from "./row-follower.ts";
import { seedOrders } from "./seed.ts";
import { Units } from "./units.ts";
import { VenueOrders } from "./venue-orders.ts";

const PROGRESS_EVERY_MS = 5_000;
/** The most levels per side in an answer of `GET /public/orderbook`. */
const LEVELS_MAX = 1000;

const FOLLOWING =
  "Every message has a row. The messages name only what happens within the rows' levels. What comes into view from below is adopted from the row itself, and is not counted as agreement.";

export interface ReplayInput {
  readonly url: string;
  readonly instrument: string;
  readonly messages: readonly Message[];
  /** Undefined without a book file. */
  readonly rows: readonly BookRow[] | undefined;
  /** Whether every message of the whole file has a row. The replay then follows the rows, one per message. */
  readonly isAligned: boolean;
  readonly isVerbose: boolean;
  /** Receives disagreements and progress, line by line. */
  readonly print: (line: string) => void;
  /** Called for each message that made a book row. */
  readonly onRow?: (messageLine: number, rowLine: number) => void;
  /** Ends the replay after the current message. */
  readonly signal?: AbortSignal;
}

export interface ReplayResult {
  readonly report: Report;
  readonly summary: readonly string[];
}

/**
 * Replays messages against a venue.
 * @throws if the venue cannot accept them: no such instrument, a book that is not empty, units that do not
 * fit.
 */
export async function replay(input: ReplayInput): Promise<ReplayResult> {
  const { messages, rows, isAligned, instrument } = input;
  const api = new ApiClient(input.url);
  const units = new Units(await findInstrument(api, instrument));
  const plan = planOrders(messages);
  const seeds = rows?.[0] ? seedOrders(rows[0], messages, plan.unknownOrders, isAligned) : [];
  checkUnits(units, messages, isAligned && rows !== undefined ? levelsOf(rows) : seeds);
  const stream = await StreamBook.connect(input.url, instrument);
  try {
    if (stream.best("buy") !== undefined || stream.best("sell") !== undefined) {
      throw new Error(`the book of ${instrument} is not empty: a replay requires an empty book`);
    }
    const report = new Report(input.print, input.isVerbose);
    const orders = new VenueOrders(api, instrument, units, report);
    const replayer = new Replayer({ orders, stream, units, plan, report });
    const parts = { replayer, stream, units, report, mentions: new Mentions(messages) };
    const check = isAligned ? new RowFollower(rows ?? [], parts) : new RowCheck(rows ?? [], parts);
    if (isAligned) input.print(FOLLOWING);
    const startedMs = performance.now();
    await replayer.seed(seeds);
    await feed(input, replayer, check);
    const seconds = (performance.now() - startedMs) / 1000;
    await compareBooks(api, instrument, stream, report);
    const summary = report.summary(api.requestCount, orders.placedCount, seconds);
    const updates = `${figure(stream.updateCount)}, each following the one before`;
    return { report, summary: [...summary, `updates of the stream: ${updates}`] };
  } finally {
    stream.close();
  }
}

async function feed(input: ReplayInput, replayer: Replayer, check: RowReader): Promise<void> {
  const { messages, print } = input;
  let nextProgressMs = performance.now() + PROGRESS_EVERY_MS;
  for (const [index, message] of messages.entries()) {
    if (input.signal?.aborted) return;
    check.before(message);
    await replayer.apply(message);
    const rowLine = await check.after(message);
    if (rowLine !== undefined) input.onRow?.(message.line, rowLine);
    if (performance.now() >= nextProgressMs) {
      nextProgressMs += PROGRESS_EVERY_MS;
      print(`… ${figure(index + 1)} of ${figure(messages.length)} messages`);
    }
  }
}

async function findInstrument(api: ApiClient, name: string): Promise<ListedInstrument> {
  const instruments = await api.instruments();
  const found = instruments.find(({ instrument }) => instrument === name);
  if (found !== undefined) return found;
  const names = instruments.map(({ instrument }) => instrument).join(", ");
  throw new Error(`the venue has no instrument ${name}; it has ${names}`);
}

/** Checks, before the first order is sent, that the instrument can represent every price and quantity. */
function checkUnits(units: Units, messages: readonly Message[], levels: Iterable<RowLevel>): void {
  for (const message of messages) {
    if (isOffBook(message)) continue;
    try {
      units.priceText(message.price);
      units.quantityText(message.lots);
    } catch (error) {
      throw new Error(`line ${message.line}: ${(error as Error).message}`);
    }
  }
  for (const { price, lots } of levels) {
    units.priceText(price);
    units.quantityText(lots);
  }
}

function* levelsOf(rows: readonly BookRow[]): Generator<RowLevel> {
  for (const { asks, bids } of rows) {
    yield* asks;
    yield* bids;
  }
}

/** Checks that the book of the API equals the one that the stream adds up to. */
async function compareBooks(
  api: ApiClient,
  instrument: string,
  stream: StreamBook,
  report: Report,
): Promise<void> {
  const { bids, asks, sequence } = await api.orderBook(instrument, LEVELS_MAX);
  if (sequence !== stream.seq) {
    report.fault(0, `the book is at sequence ${sequence} and the stream at ${stream.seq}`);
  }
  for (const [side, levels] of [["buy", bids] as const, ["sell", asks] as const]) {
    const streamed = stream.side(side);
    const isSame = levels.every(({ price, quantity }) => stream.quantityAt(side, price) === quantity);
    if (!isSame || levels.length !== Math.min(streamed.length, LEVELS_MAX)) {
      report.fault(0, `the ${side} side of the book is not the one that the stream adds up to`);
    }
  }
}

import type { Level, OrderBook } from "../../../engine/book/order-book.ts";
import { BUY, SELL, type Side } from "../../../engine/vocabulary/units.ts";
import { formatSteps } from "../../../protocol/decimal.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { Journal } from "../../journal/journal.ts";
import { touchedPrices } from "../../records/book-view.ts";
import { OtherVenueError } from "../sink/other-venue.ts";
import type { Ownership } from "../sink/ownership.ts";
import { ShownError } from "../sink/shown-error.ts";
import type { Sink } from "../sink/sink.ts";
import { fillingKeys, MIRRORED_TRADES_MAX, mirrorKeys } from "./mirror-keys.ts";
import { FILL_SCRIPT, UPDATE_SCRIPT } from "./mirror-scripts.ts";
import type { RedisClient } from "./redis-client.ts";

/** The current state of the instrument. Both parts are at the book's sequence. */
export interface Market {
  readonly book: OrderBook;
  /** The newest trades, oldest first. */
  readonly recentTrades: readonly TradeView[];
}

/** The expected state of the mirror: the last pushed sequence and its time. */
interface Position {
  readonly sequence: number;
  readonly timeMs: number;
}

/** Beyond this many events, a push would be larger than most books, so the whole book is sent instead. */
const UPDATE_EVENTS_MAX = 5_000;
/**
 * Levels in one request: about 60 bytes each, or 130 with the finest tick and lot sizes. With the trades they
 * stay below 1 MB.
 */
const REQUEST_LEVELS_MAX = 3_000;
/** How long an abandoned refill is kept. */
const FILLING_MS_MAX = 60_000;

/**
 * Keeps the mirror in Redis up to date with the book. A push is conflated: it updates the mirror from the
 * last pushed state to the current one, and sends each changed level once. The script refuses if the mirror
 * is not in the last pushed state: it was lost, an answer was lost, or something else writes it. The whole
 * book is then sent.
 */
export class RedisSink implements Sink {
  readonly name = "redis";
  readonly isConflated = true;
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #market: () => Market;
  readonly #ownership: Ownership;
  readonly #redis: RedisClient;
  #pushed: Position | undefined;

  constructor(
    spec: InstrumentSpec,
    journal: Journal,
    market: () => Market,
    ownership: Ownership,
    redis: RedisClient,
  ) {
    this.#spec = spec;
    this.#journal = journal;
    this.#market = market;
    this.#ownership = ownership;
    this.#redis = redis;
  }

  /** Pushes the current book. If nothing is new, marks the mirror as still current. */
  async ship(afterSequence: number): Promise<number> {
    const venueId = await this.#ownership.venueId();
    const from = this.#positionAt(afterSequence);
    return (from && (await this.#update(from, venueId))) ?? (await this.#refill(venueId));
  }

  /** The state at a pushed sequence; undefined if it can no longer be identified. */
  #positionAt(sequence: number): Position | undefined {
    if (this.#pushed?.sequence === sequence) return this.#pushed;
    // After a restart only the sequence is known. Its time, from the journal, distinguishes this mirror from
    // another writer's.
    const event = sequence === 0 ? undefined : this.#journal.eventsAfter(sequence - 1, 1)[0];
    return event?.sequence === sequence ? { sequence, timeMs: event.timeMs } : undefined;
  }

  /** @returns the pushed sequence; undefined if the whole book must be sent. */
  async #update(from: Position, venueId: string): Promise<number | undefined> {
    const { book, recentTrades } = this.#market();
    if (book.sequence - from.sequence > UPDATE_EVENTS_MAX) return undefined;
    const events = this.#journal.eventsAfter(from.sequence);
    // A pruned journal no longer shows which levels were touched.
    if (events.length !== book.sequence - from.sequence) return undefined;
    const touched = touchedPrices(
      events,
      (orderNumber) => this.#journal.orders.read(orderNumber)?.priceTicks ?? null,
    );
    if (touched[BUY].size + touched[SELL].size > REQUEST_LEVELS_MAX) return undefined;
    const rows = (side: Side) =>
      Array.from(touched[side]).flatMap((ticks) => this.#row(ticks, book.levelAt(side, ticks)));
    const trades = recentTrades.filter((trade) => trade.sequence > from.sequence).map(tradeEntry);
    const { sequence, timeMs } = book;
    const outcome = await this.#redis.run(UPDATE_SCRIPT, mirrorKeys(this.#spec.instrument), [
      ...this.#head(book, venueId),
      ...[from.sequence, from.timeMs, MIRRORED_TRADES_MAX].map(String),
      ...[touched[BUY].size, touched[SELL].size, trades.length].map(String),
      ...rows(BUY),
      ...rows(SELL),
      ...trades,
    ]);
    if (!this.#isDone(outcome, "refill", venueId)) return undefined;
    this.#pushed = { sequence, timeMs };
    return sequence;
  }

  /** Sends the whole current book, in chunks that replace the mirror together. */
  async #refill(venueId: string): Promise<number> {
    const { book, recentTrades } = this.#market();
    const { sequence, timeMs } = book;
    const head = this.#head(book, venueId);
    const [bids, asks] = [Array.from(book.levels(BUY)), Array.from(book.levels(SELL))];
    const trades = recentTrades.slice(-MIRRORED_TRADES_MAX).map(tradeEntry);
    const keys = [...mirrorKeys(this.#spec.instrument), ...fillingKeys(this.#spec.instrument)];
    const token = crypto.randomUUID();
    const total = bids.length + asks.length;
    for (let start = 0; start === 0 || start < total; start += REQUEST_LEVELS_MAX) {
      const end = start + REQUEST_LEVELS_MAX;
      const isLast = end >= total;
      const chunkBids = bids.slice(start, end);
      const chunkAsks = asks.slice(Math.max(0, start - bids.length), Math.max(0, end - bids.length));
      const chunkTrades = isLast ? trades : [];
      const outcome = await this.#redis.run(FILL_SCRIPT, keys, [
        ...head,
        ...[token, start === 0 ? 1 : 0, isLast ? 1 : 0, FILLING_MS_MAX].map(String),
        ...[bids.length, asks.length, trades.length].map(String),
        ...[chunkBids.length, chunkAsks.length, chunkTrades.length].map(String),
        ...[...chunkBids, ...chunkAsks].flatMap((level) => this.#row(level.priceTicks, level)),
        ...chunkTrades,
      ]);
      if (!this.#isDone(outcome, "restart", venueId))
        throw new ShownError("another refill of the mirror came in between");
    }
    this.#pushed = { sequence, timeMs };
    return sequence;
  }

  #head({ sequence, timeMs }: OrderBook, venueId: string): string[] {
    const head = [this.#journal.epoch(), sequence, timeMs, Date.now()].map(String);
    return [...head, venueId, this.#ownership.adoptedVenueId ?? ""];
  }

  /** A level in the scripts' form: price, score, and entry. The entry is empty if nothing rests there. */
  #row(priceTicks: number, level: Level | undefined): [price: string, ticks: string, entry: string] {
    const entry =
      level === undefined ? "" : `${formatSteps(level.totalLots, this.#spec.lot)} ${level.orderCount}`;
    return [formatSteps(priceTicks, this.#spec.tick), String(priceTicks), entry];
  }

  /**
   * Whether a script did its work, or answered that it could not.
   * @throws if the mirror belongs to another venue or is newer, or if the answer is unknown.
   */
  #isDone(outcome: unknown, refusal: string, venueId: string): boolean {
    const [word, held, sequence] = Array.isArray(outcome) ? outcome : [];
    if (word === "done") return true;
    if (word === refusal) return false;
    if (word === "other") {
      const { instrument } = this.#spec;
      throw new OtherVenueError(`Redis has ${instrument} of venue ${held}; this is venue ${venueId}`);
    }
    if (word !== "stale") throw new ShownError("Redis gave an answer that the script does not have");
    throw new ShownError(
      `the mirror holds epoch ${held}, sequence ${sequence}, newer than ours: something else writes it`,
    );
  }
}

function tradeEntry(trade: TradeView): string {
  return JSON.stringify(trade);
}

import type { OrderBook } from "../../engine/book/order-book.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { BUY } from "../../engine/vocabulary/units.ts";
import { type CandleInterval, INTERVAL_MS, intervalStart } from "../../protocol/candle-interval.ts";
import type { Journal } from "../journal/journal.ts";
import { decodeEvents } from "../storage/event-codec.ts";
import { type Candle, CurrentCandles, candlesOf } from "./candle.ts";
import { ClientStatistics } from "./client-statistics.ts";
import { jsonText } from "./json-text.ts";
import { MarketStatistics, type MeasuredTrade, type Quote } from "./market-statistics.ts";
import { MINUTE_MS, MINUTES_KEPT, minuteOfText } from "./minute.ts";
import { quoteOf, quoteOfText, quoteText } from "./quote.ts";

/** While the market trades, its state is stored once in this time, or after this many events. */
const STORE_EVERY_MS = 1_000;
const EVENTS_UNSTORED_MAX = 5_000;

/** What is stored beside the completed minutes. */
interface Stored {
  /** The last event that is accounted for. Earlier versions stored the state with each flush, without it. */
  readonly sequence?: number;
  readonly minute: string;
  readonly timeMs: number;
  readonly quote: Quote;
  /** The candle of the current second, its sums as text. */
  readonly second: (Omit<Candle, "lots" | "notional"> & { lots: string; notional: string }) | undefined;
  readonly isWhole: boolean;
}

/**
 * Measures an instrument's market as its events happen. Its state is a function of the journal's rows: of
 * their times, trades and quotes. It is stored now and then, in the transaction of a flush, and a start
 * continues from there with the rows that follow. So after any restart it is where the journal is.
 */
export class Analytics {
  readonly clients: ClientStatistics;
  readonly #sql: SqlStorage;
  #market: MarketStatistics | undefined;
  #candles = new CurrentCandles([], undefined, true);
  /** Minutes that began before this are stored. */
  #storedUntilMs = 0;
  /** The last event that is accounted for. */
  #sequence = 0;
  #stored = { sequence: 0, timeMs: Number.NEGATIVE_INFINITY };

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.clients = new ClientStatistics(sql);
  }

  /**
   * Reads the stored state, and accounts for the journal's rows after it. A market without a stored state
   * starts with its next flush.
   */
  load(journal: Journal): void {
    this.clients.forget();
    this.#market = undefined;
    this.#candles = new CurrentCandles([], undefined, true);
    this.#sequence = 0;
    this.#stored = { sequence: 0, timeMs: Number.NEGATIVE_INFINITY };
    const text = this.#sql.exec<{ state: string }>("SELECT state FROM statistics").toArray()[0]?.state;
    if (text === undefined) return;
    const { sequence, minute, timeMs, quote, second, isWhole }: Stored = JSON.parse(text);
    const rows = this.#sql.exec<{ minute: string }>("SELECT minute FROM minutes ORDER BY start_ms");
    const over = Array.from(rows, (row) => minuteOfText(row.minute));
    this.#market = new MarketStatistics({ minute: minuteOfText(minute), timeMs, quote, isWhole }, over);
    this.#storedUntilMs = this.#market.current.startMs;
    const candle = second && { ...second, lots: BigInt(second.lots), notional: BigInt(second.notional) };
    this.#candles = new CurrentCandles(this.#market.last(MINUTES_KEPT), candle, isWhole);
    this.#sequence = sequence ?? journal.lastEvent()?.sequence ?? journal.base.sequence;
    // A state without its sequence is current now, and not after the next flush, which must store it.
    this.#stored = {
      sequence: this.#sequence,
      timeMs: sequence === undefined ? Number.NEGATIVE_INFINITY : timeMs,
    };
    this.#catchUp(this.#market, journal);
  }

  #catchUp(market: MarketStatistics, journal: Journal): void {
    for (const row of [...journal.rowsAfter(this.#sequence)]) {
      const events = decodeEvents(row.first_sequence, row.time_ms, row.events);
      const trades = events.filter((event) => event.kind === "traded");
      const numbers = trades.flatMap(({ takerOrderNumber, makerOrderNumber }) => [
        takerOrderNumber,
        makerOrderNumber,
      ]);
      const orders = journal.orders.readStored(new Set(numbers));
      this.#account(market, row.time_ms, trades, (orderNumber) => {
        const order = orders.get(orderNumber);
        if (order === undefined) throw new Error(`order ${orderNumber} has traded but is not stored`);
        return order.client;
      });
      if (row.quote !== null) market.setQuote(quoteOfText(row.quote));
      this.#sequence = row.last_sequence;
    }
  }

  /**
   * Processes a flush.
   * @param book the book after the flush.
   * @param clientOf returns the client of an order.
   * @returns what the journal's row must have beside the events: the quote after them, if they changed it.
   */
  note(events: readonly Event[], book: OrderBook, clientOf: (orderNumber: number) => number): string | null {
    const last = events.at(-1);
    if (last === undefined) return null;
    const isFirst = this.#market === undefined;
    this.#market ??= MarketStatistics.startingAt(last.timeMs, events[0]?.sequence === 1);
    const trades = events.filter((event) => event.kind === "traded");
    this.#account(this.#market, last.timeMs, trades, clientOf);
    const before = quoteText(this.#market.quote);
    const quote = quoteOf(book);
    const after = quoteText(quote);
    this.#market.setQuote(quote);
    this.#sequence = last.sequence;
    const isDue =
      last.timeMs >= this.#stored.timeMs + STORE_EVERY_MS ||
      last.sequence >= this.#stored.sequence + EVENTS_UNSTORED_MAX;
    if (isFirst || isDue) this.settle();
    return after === before ? null : after;
  }

  /**
   * Stores the state, so that it does not need the journal's rows so far. Call it before they are deleted, and
   * before a client that they name is removed.
   */
  settle(): void {
    if (this.#market === undefined || this.#stored.sequence === this.#sequence) return;
    this.#write(this.#market);
    this.clients.write();
    // Only now: if a write fails outside of a flush, all of it is still to be stored.
    this.#storedUntilMs = this.#market.current.startMs;
    this.#stored = { sequence: this.#sequence, timeMs: this.#market.state.timeMs };
  }

  /** The market until now; undefined before its first event. */
  at(nowMs: number): MarketStatistics | undefined {
    this.#market?.advance(nowMs);
    return this.#market;
  }

  /** The current candle of an interval: the newest one with a trade. */
  candle(interval: CandleInterval): Candle | undefined {
    return this.#candles.of(interval);
  }

  /**
   * The known candles of an interval, oldest first, and the time from which they are complete.
   * @param isNew whether the instrument has never had an event.
   */
  candles(
    interval: CandleInterval,
    nowMs: number,
    isNew: boolean,
  ): { candles: Candle[]; wholeFromMs: number } {
    if (isNew) return { candles: [], wholeFromMs: 0 };
    if (interval === "1s") {
      const second = this.candle(interval);
      return { candles: second === undefined ? [] : [second], wholeFromMs: intervalStart(nowMs, interval) };
    }
    const market = this.at(nowMs);
    const minutes = market?.last(MINUTES_KEPT) ?? [];
    const candles = candlesOf(minutes, interval);
    if (market?.state.isWhole) return { candles, wholeFromMs: 0 };
    // An interval that began before the first minute is known only in part.
    const firstMs = minutes[0]?.startMs ?? nowMs;
    const wholeFromMs = intervalStart(firstMs + INTERVAL_MS[interval] - 1, interval);
    return { candles: candles.filter(({ startMs }) => startMs >= wholeFromMs), wholeFromMs };
  }

  /** Accounts for the time until a flush, and for its trades. */
  #account(
    market: MarketStatistics,
    timeMs: number,
    trades: readonly Traded[],
    clientOf: (orderNumber: number) => number,
  ): void {
    market.advance(timeMs);
    const measuredTrades = trades.map(measured);
    for (const trade of measuredTrades) market.addTrade(trade);
    this.#candles.add(timeMs, measuredTrades);
    for (const trade of trades) this.#addToClients(trade, clientOf);
  }

  #addToClients(trade: Traded, clientOf: (orderNumber: number) => number): void {
    const { priceTicks, quantityLots } = trade;
    const isTakerBuying = trade.takerSide === BUY;
    this.clients.add(clientOf(trade.takerOrderNumber), false, isTakerBuying, priceTicks, quantityLots);
    this.clients.add(clientOf(trade.makerOrderNumber), true, !isTakerBuying, priceTicks, quantityLots);
  }

  #write(market: MarketStatistics): void {
    const { minute, ...others } = market.state;
    if (minute.startMs !== this.#storedUntilMs) this.#writeOver(market);
    const second = this.candle("1s");
    const state = {
      ...others,
      sequence: this.#sequence,
      minute: jsonText(minute),
      second,
    };
    this.#sql.exec("INSERT OR REPLACE INTO statistics VALUES (1, ?)", jsonText(state));
  }

  /** Stores the minutes that ended since the last flush, and deletes those that are too old. */
  #writeOver(market: MarketStatistics): void {
    const { startMs } = market.current;
    for (const each of market.over)
      if (each.startMs >= this.#storedUntilMs)
        this.#sql.exec("INSERT OR REPLACE INTO minutes VALUES (?, ?)", each.startMs, jsonText(each));
    this.#sql.exec("DELETE FROM minutes WHERE start_ms <= ?", startMs - MINUTES_KEPT * MINUTE_MS);
  }
}

type Traded = Event & { kind: "traded" };

function measured({ priceTicks, quantityLots, takerSide }: Traded): MeasuredTrade {
  return { priceTicks, quantityLots, isBuy: takerSide === BUY };
}

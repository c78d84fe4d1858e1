import type { OrderBook } from "../../engine/book/order-book.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { BUY, SELL, type Side } from "../../engine/vocabulary/units.ts";
import { type CandleInterval, INTERVAL_MS, intervalStart } from "../../protocol/candle-interval.ts";
import { type Candle, CurrentCandles, candlesOf } from "./candle.ts";
import { ClientStatistics } from "./client-statistics.ts";
import { jsonText } from "./json-text.ts";
import { MarketStatistics, type MeasuredTrade, type Quote } from "./market-statistics.ts";
import { MINUTE_MS, MINUTES_KEPT, minuteOfText } from "./minute.ts";

/** The number of levels per side that count as its depth. */
const DEPTH_LEVELS = 10;

/** What is stored beside the completed minutes. */
interface Stored {
  readonly minute: string;
  readonly timeMs: number;
  readonly quote: Quote;
  /** The candle of the current second, its sums as text. */
  readonly second: (Omit<Candle, "lots" | "notional"> & { lots: string; notional: string }) | undefined;
  readonly isWhole: boolean;
}

/**
 * Measures an instrument's market as its events happen. It stores its state in the transaction of their
 * flush, so that after any restart it continues where the journal does.
 */
export class Analytics {
  readonly clients: ClientStatistics;
  readonly #sql: SqlStorage;
  #market: MarketStatistics | undefined;
  #candles = new CurrentCandles([], undefined, true);
  /** Minutes that began before this are stored. */
  #storedUntilMs = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.clients = new ClientStatistics(sql);
  }

  /** Reads the stored state. A market without one starts with its next flush. */
  load(): void {
    this.clients.forget();
    this.#market = undefined;
    this.#candles = new CurrentCandles([], undefined, true);
    const text = this.#sql.exec<{ state: string }>("SELECT state FROM statistics").toArray()[0]?.state;
    if (text === undefined) return;
    const { minute, timeMs, quote, second, isWhole }: Stored = JSON.parse(text);
    const rows = this.#sql.exec<{ minute: string }>("SELECT minute FROM minutes ORDER BY start_ms");
    const over = Array.from(rows, (row) => minuteOfText(row.minute));
    this.#market = new MarketStatistics({ minute: minuteOfText(minute), timeMs, quote, isWhole }, over);
    this.#storedUntilMs = this.#market.current.startMs;
    const candle = second && { ...second, lots: BigInt(second.lots), notional: BigInt(second.notional) };
    this.#candles = new CurrentCandles(this.#market.last(MINUTES_KEPT), candle, isWhole);
  }

  /**
   * Processes a flush.
   * @param book the book after the flush.
   * @param clientOf returns the client of an order.
   */
  note(events: readonly Event[], book: OrderBook, clientOf: (orderNumber: number) => number): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.#market ??= MarketStatistics.startingAt(last.timeMs, events[0]?.sequence === 1);
    this.#market.advance(last.timeMs);
    const trades = events.filter((event) => event.kind === "traded");
    this.#addTrades(this.#market, last.timeMs, trades.map(measured));
    for (const trade of trades) this.#addToClients(trade, clientOf);
    this.#market.setQuote(quoteOf(book));
    this.#write(this.#market);
    this.clients.write();
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

  #addTrades(market: MarketStatistics, timeMs: number, trades: readonly MeasuredTrade[]): void {
    for (const trade of trades) market.addTrade(trade);
    this.#candles.add(timeMs, trades);
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
    this.#storedUntilMs = startMs;
  }
}

type Traded = Event & { kind: "traded" };

function measured({ priceTicks, quantityLots, takerSide }: Traded): MeasuredTrade {
  return { priceTicks, quantityLots, isBuy: takerSide === BUY };
}

/** The measured part of the book. */
function quoteOf(book: OrderBook): Quote {
  const [bid, ask] = [sideOf(book, BUY), sideOf(book, SELL)];
  return {
    bidTicks: bid.ticks,
    bidLots: bid.lots,
    bidDepthLots: bid.depthLots,
    askTicks: ask.ticks,
    askLots: ask.lots,
    askDepthLots: ask.depthLots,
  };
}

function sideOf(book: OrderBook, side: Side): { ticks: number | null; lots: number; depthLots: number } {
  let best: { ticks: number; lots: number } | undefined;
  let depthLots = 0;
  for (const { priceTicks, totalLots } of book.levels(side, DEPTH_LEVELS)) {
    best ??= { ticks: priceTicks, lots: totalLots };
    depthLots += totalLots;
  }
  return { ticks: best?.ticks ?? null, lots: best?.lots ?? 0, depthLots };
}

import { CANDLE_INTERVALS, type CandleInterval, intervalStart } from "../../protocol/candle-interval.ts";
import type { MeasuredTrade } from "./market-statistics.ts";
import type { Minute } from "./minute.ts";

/** The trades of one interval. Prices are in ticks, quantities in lots. */
export interface Candle {
  readonly startMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  lots: bigint;
  /** Ticks × lots. */
  notional: bigint;
  trades: number;
}

/** The candles of consecutive minutes. An interval without a trade has none. */
export function candlesOf(minutes: readonly Minute[], interval: CandleInterval): Candle[] {
  const candles: Candle[] = [];
  for (const { startMs, open, high, low, close, lots, notional, trades } of minutes) {
    if (open === null || high === null || low === null || close === null) continue;
    join(candles, {
      startMs: intervalStart(startMs, interval),
      open,
      high,
      low,
      close,
      lots,
      notional,
      trades,
    });
  }
  return candles;
}

/** Merges a later candle into the last one, or appends it. */
function join(candles: Candle[], next: Candle): void {
  const last = candles.at(-1);
  if (last?.startMs !== next.startMs) {
    candles.push({ ...next });
    return;
  }
  last.high = Math.max(last.high, next.high);
  last.low = Math.min(last.low, next.low);
  last.close = next.close;
  last.lots += next.lots;
  last.notional += next.notional;
  last.trades += next.trades;
}

/** The current candle of each interval: the newest one with a trade. */
export class CurrentCandles {
  readonly #candles = new Map<CandleInterval, Candle>();

  /**
   * Starts from the known minutes and the candle of the second.
   * @param isWhole whether nothing is older than the minutes. If not, a candle that begins before them is
   * left out, since only its end is known.
   */
  constructor(minutes: readonly Minute[], second: Candle | undefined, isWhole: boolean) {
    const firstMs = isWhole ? 0 : (minutes[0]?.startMs ?? 0);
    for (const interval of CANDLE_INTERVALS) {
      const candle = interval === "1s" ? second : candlesOf(minutes, interval).at(-1);
      if (candle !== undefined && (interval === "1s" || candle.startMs >= firstMs))
        this.#candles.set(interval, candle);
    }
  }

  of(interval: CandleInterval): Candle | undefined {
    return this.#candles.get(interval);
  }

  /** Adds the trades of one moment, in their order. */
  add(timeMs: number, trades: readonly MeasuredTrade[]): void {
    const traded = joined(trades);
    if (traded === undefined) return;
    for (const interval of CANDLE_INTERVALS) {
      const last = this.#candles.get(interval);
      const candles = last === undefined ? [] : [last];
      join(candles, { ...traded, startMs: intervalStart(timeMs, interval) });
      this.#candles.set(interval, candles.at(-1) as Candle);
    }
  }
}

/** Combines trades into one candle without a time; undefined if there are none. */
function joined(trades: readonly MeasuredTrade[]): Omit<Candle, "startMs"> | undefined {
  const [first] = trades;
  if (first === undefined) return undefined;
  const open = first.priceTicks;
  const all = { open, high: open, low: open, close: open, lots: 0n, notional: 0n, trades: trades.length };
  for (const { priceTicks, quantityLots } of trades) {
    all.high = Math.max(all.high, priceTicks);
    all.low = Math.min(all.low, priceTicks);
    all.close = priceTicks;
    const lots = BigInt(quantityLots);
    all.lots += lots;
    all.notional += BigInt(priceTicks) * lots;
  }
  return all;
}

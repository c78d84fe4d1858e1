export const MINUTE_MS = 60_000;
/** The number of minutes kept: a day, including the current minute. */
export const MINUTES_KEPT = 1_440;

/**
 * One minute of a market, in sums that add up to those of longer times. Prices are in ticks, quantities in
 * lots, times in milliseconds. A sum "over time" adds up amount × the milliseconds for which it held.
 */
export interface Minute {
  readonly startMs: number;
  trades: number;
  /** Null if there was no trade. */
  open: number | null;
  high: number | null;
  low: number | null;
  close: number | null;
  lots: bigint;
  /** Ticks × lots. */
  notional: bigint;
  /** Trades in which the buyer was the taker. */
  buyTrades: number;
  buyLots: bigint;
  /** The number of trades of at least 2^n lots and less than twice that, by n. */
  sizes: number[];
  /** The last trade's price, over the time since there is one. */
  pricedMs: number;
  priceSum: bigint;
  /** The spread, and twice the mid price, over the time in which both sides have a best price. */
  quotedMs: number;
  spreadSum: bigint;
  midSum: bigint;
  /** Lots of the ten best levels of each side, over the whole observed time. */
  seenMs: number;
  bidSum: bigint;
  askSum: bigint;
  /** Order flow at the best prices, signed. */
  flowLots: bigint;
  /** The price of the last trade at the end of the minute, from this minute or an earlier one. */
  endTicks: number | null;
}

export function newMinute(startMs: number, endTicks: number | null): Minute {
  return {
    startMs,
    trades: 0,
    open: null,
    high: null,
    low: null,
    close: null,
    lots: 0n,
    notional: 0n,
    buyTrades: 0,
    buyLots: 0n,
    sizes: [],
    pricedMs: 0,
    priceSum: 0n,
    quotedMs: 0,
    spreadSum: 0n,
    midSum: 0n,
    seenMs: 0,
    bidSum: 0n,
    askSum: 0n,
    flowLots: 0n,
    endTicks,
  };
}

/** Joins several consecutive minutes, at least one, into one. */
export function joinMinutes(minutes: readonly Minute[]): Minute {
  const [first] = minutes;
  if (first === undefined) throw new Error("there is no minute to join");
  const all = newMinute(first.startMs, first.endTicks);
  for (const minute of minutes) addMinute(all, minute);
  return all;
}

function addMinute(all: Minute, minute: Minute): void {
  all.open ??= minute.open;
  all.high = extreme(Math.max, all.high, minute.high);
  all.low = extreme(Math.min, all.low, minute.low);
  all.close = minute.close ?? all.close;
  all.endTicks = minute.endTicks;
  for (const key of NUMBER_SUMS) all[key] += minute[key];
  for (const key of BIGINT_SUMS) all[key] += minute[key];
  minute.sizes.forEach((count, index) => {
    all.sizes[index] = (all.sizes[index] ?? 0) + count;
  });
}

const NUMBER_SUMS = ["trades", "buyTrades", "pricedMs", "quotedMs", "seenMs"] as const;
const BIGINT_SUMS = [
  "lots",
  "notional",
  "buyLots",
  "priceSum",
  "spreadSum",
  "midSum",
  "bidSum",
  "askSum",
  "flowLots",
] as const;

function extreme(of: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return of(a, b);
}

/** Parses a minute from its `jsonText`. */
export function minuteOfText(text: string): Minute {
  const minute = JSON.parse(text);
  for (const key of BIGINT_SUMS) minute[key] = BigInt(minute[key]);
  minute.sizes = Array.from(minute.sizes, (count) => count ?? 0);
  return minute;
}

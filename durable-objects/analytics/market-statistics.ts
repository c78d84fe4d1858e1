import { joinMinutes, MINUTE_MS, MINUTES_KEPT, type Minute, newMinute } from "./minute.ts";

/** The book as far as it is measured. Prices in ticks, quantities in lots. */
export interface Quote {
  /** Null where a side is empty. */
  readonly bidTicks: number | null;
  readonly bidLots: number;
  readonly askTicks: number | null;
  readonly askLots: number;
  /** Of the ten best levels. */
  readonly bidDepthLots: number;
  readonly askDepthLots: number;
}

export const NO_QUOTE: Quote = {
  bidTicks: null,
  bidLots: 0,
  askTicks: null,
  askLots: 0,
  bidDepthLots: 0,
  askDepthLots: 0,
};

/** A trade as far as it is measured. */
export interface MeasuredTrade {
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly isBuy: boolean;
}

/** All that a `MarketStatistics` goes on from, but for the minutes that are over. */
export interface StatisticsState {
  readonly minute: Minute;
  /** Up to when time was accounted for. */
  readonly timeMs: number;
  readonly quote: Quote;
  /** Whether nothing that ever happened is older than the minutes. */
  readonly isWhole: boolean;
}

/**
 * Measures a market minute by minute: what was traded, and over time what was quoted. Pure: its clock is the
 * times that it is given, which do not go back; what seems to is taken as now.
 */
export class MarketStatistics {
  /** The minutes that are over, oldest first, gapless, of the last day. */
  readonly over: Minute[];
  /** The minutes that are over as one; undefined until it is asked for. */
  #overAsOne: Minute | undefined;
  #minute: Minute;
  #timeMs: number;
  #quote: Quote;
  #isWhole: boolean;

  constructor(state: StatisticsState, over: readonly Minute[]) {
    this.#minute = state.minute;
    this.#timeMs = state.timeMs;
    this.#quote = state.quote;
    this.#isWhole = state.isWhole;
    this.over = [...over];
  }

  /** The statistics of a market that begins now. */
  static startingAt(timeMs: number, isWhole: boolean): MarketStatistics {
    const minute = newMinute(timeMs - (timeMs % MINUTE_MS), null);
    return new MarketStatistics({ minute, timeMs, quote: NO_QUOTE, isWhole }, []);
  }

  get state(): StatisticsState {
    return { minute: this.#minute, timeMs: this.#timeMs, quote: this.#quote, isWhole: this.#isWhole };
  }

  get current(): Minute {
    return this.#minute;
  }

  get quote(): Quote {
    return this.#quote;
  }

  /** The current minute and those before it, oldest first, at most `count`. */
  last(count: number): Minute[] {
    return [...this.over.slice(Math.max(0, this.over.length - count + 1)), this.#minute];
  }

  /** The last day as one minute. What is over is joined once a minute, however often this is asked for. */
  get day(): Minute {
    if (this.over.length === 0) return joinMinutes([this.#minute]);
    this.#overAsOne ??= joinMinutes(this.over);
    return joinMinutes([this.#overAsOne, this.#minute]);
  }

  /** Accounts for the time until now, in which all stayed as it was. */
  advance(nowMs: number): void {
    // Of a longer sleep nothing is left but its end.
    const skippedMs = nowMs - this.#timeMs - MINUTES_KEPT * MINUTE_MS;
    if (skippedMs > 0) {
      this.#isWhole = false;
      this.over.length = 0;
      this.#overAsOne = undefined;
      this.#timeMs += skippedMs;
      this.#minute = newMinute(this.#timeMs - (this.#timeMs % MINUTE_MS), this.#minute.endTicks);
    }
    for (let endMs = this.#endMs; nowMs >= endMs; endMs = this.#endMs) {
      this.#hold(endMs);
      this.over.push(this.#minute);
      this.#overAsOne = undefined;
      if (this.over.length >= MINUTES_KEPT) {
        this.over.shift();
        this.#isWhole = false;
      }
      this.#minute = newMinute(endMs, this.#minute.endTicks);
    }
    this.#hold(nowMs);
  }

  addTrade({ priceTicks, quantityLots, isBuy }: MeasuredTrade): void {
    const minute = this.#minute;
    const lots = BigInt(quantityLots);
    minute.trades++;
    minute.open ??= priceTicks;
    minute.high = Math.max(minute.high ?? priceTicks, priceTicks);
    minute.low = Math.min(minute.low ?? priceTicks, priceTicks);
    minute.close = priceTicks;
    minute.endTicks = priceTicks;
    minute.lots += lots;
    minute.notional += BigInt(priceTicks) * lots;
    if (isBuy) {
      minute.buyTrades++;
      minute.buyLots += lots;
    }
    const size = quantityLots.toString(2).length - 1;
    while (minute.sizes.length <= size) minute.sizes.push(0);
    minute.sizes[size] = (minute.sizes[size] ?? 0) + 1;
  }

  /** From now on the book is this; what came to and left the best prices is order flow. */
  setQuote(quote: Quote): void {
    this.#minute.flowLots += BigInt(orderFlow(this.#quote, quote));
    this.#quote = quote;
  }

  get #endMs(): number {
    return this.#minute.startMs + MINUTE_MS;
  }

  #hold(untilMs: number): void {
    const ms = untilMs - this.#timeMs;
    if (ms <= 0) return;
    this.#timeMs = untilMs;
    const minute = this.#minute;
    const { bidTicks, askTicks, bidDepthLots, askDepthLots } = this.#quote;
    minute.seenMs += ms;
    minute.bidSum += BigInt(bidDepthLots) * BigInt(ms);
    minute.askSum += BigInt(askDepthLots) * BigInt(ms);
    if (minute.endTicks !== null) {
      minute.pricedMs += ms;
      minute.priceSum += BigInt(minute.endTicks) * BigInt(ms);
    }
    if (bidTicks === null || askTicks === null) return;
    minute.quotedMs += ms;
    minute.spreadSum += BigInt(askTicks - bidTicks) * BigInt(ms);
    minute.midSum += BigInt(askTicks + bidTicks) * BigInt(ms);
  }
}

/**
 * What one change of the best prices adds to the order flow: the quantity at a best price that got better, or
 * the growth of one that stayed, less that of one that got worse; of asks with the opposite sign.
 * R. Cont, A. Kukanov, S. Stoikov, "The Price Impact of Order Book Events", 2014, section 2.1.
 */
function orderFlow(before: Quote, after: Quote): number {
  // An empty side is a best price worse than any.
  const [bid0, bid1] = [before.bidTicks ?? 0, after.bidTicks ?? 0];
  const [ask0, ask1] = [
    before.askTicks ?? Number.POSITIVE_INFINITY,
    after.askTicks ?? Number.POSITIVE_INFINITY,
  ];
  const bids = (bid1 >= bid0 ? after.bidLots : 0) - (bid1 <= bid0 ? before.bidLots : 0);
  const asks = (ask1 <= ask0 ? after.askLots : 0) - (ask1 >= ask0 ? before.askLots : 0);
  return bids - asks;
}

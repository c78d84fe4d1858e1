import { joinMinutes, MINUTE_MS, MINUTES_KEPT, type Minute, newMinute } from "./minute.ts";

/** The measured part of the book. Prices are in ticks, quantities in lots. */
export interface Quote {
  /** Null if the side is empty. */
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

/** The measured part of a trade. */
export interface MeasuredTrade {
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly isBuy: boolean;
}

/** The state of a `MarketStatistics`, without the completed minutes. */
export interface StatisticsState {
  readonly minute: Minute;
  /** The time up to which everything is accounted for. */
  readonly timeMs: number;
  readonly quote: Quote;
  /** Whether nothing is older than the minutes. */
  readonly isWhole: boolean;
}

/**
 * Measures a market minute by minute: its trades, and its quotes over time. It is pure: its clock is the
 * times that its callers pass. Time does not go back; an earlier time counts as now.
 */
export class MarketStatistics {
  /** The completed minutes of the last day, oldest first, without gaps. */
  readonly over: Minute[];
  /** The completed minutes joined into one; computed when it is needed. */
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

  /** The statistics of a market that starts now. */
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

  /** The last day as one minute. The completed minutes are joined at most once a minute. */
  get day(): Minute {
    if (this.over.length === 0) return joinMinutes([this.#minute]);
    this.#overAsOne ??= joinMinutes(this.over);
    return joinMinutes([this.#overAsOne, this.#minute]);
  }

  /** Accounts for the time until now, during which nothing changed. */
  advance(nowMs: number): void {
    // Of a longer sleep, only the last day is kept.
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

  /** Replaces the current quote. The quantity that came to and left the best prices counts as order flow. */
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
 * The contribution of one change of the best prices to the order flow. It is the quantity at a best price
 * that improved, or the growth of a best price that stayed, minus the quantity at one that worsened. For asks
 * the sign is the opposite. See R. Cont, A. Kukanov, S. Stoikov, "The Price Impact of Order Book Events",
 * 2014, section 2.1.
 */
function orderFlow(before: Quote, after: Quote): number {
  // An empty side counts as a best price worse than any other.
  const [bid0, bid1] = [before.bidTicks ?? 0, after.bidTicks ?? 0];
  const [ask0, ask1] = [
    before.askTicks ?? Number.POSITIVE_INFINITY,
    after.askTicks ?? Number.POSITIVE_INFINITY,
  ];
  const bids = (bid1 >= bid0 ? after.bidLots : 0) - (bid1 <= bid0 ? before.bidLots : 0);
  const asks = (ask1 <= ask0 ? after.askLots : 0) - (ask1 >= ask0 ? before.askLots : 0);
  return bids - asks;
}

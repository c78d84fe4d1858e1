import type { InstrumentRules } from "../vocabulary/rules.ts";
import type { TradingStatus } from "../vocabulary/trading-status.ts";
import { EVENTS_AT_ONCE_DEFAULT, FILLS_MAX_DEFAULT, type Unfinished } from "../vocabulary/unfinished.ts";
import type { PriceTicks, Sequence, Side, TimeMs } from "../vocabulary/units.ts";
import type { BookSide } from "./book-side.ts";
import { NONE } from "./integer-map.ts";
import { OpenOrders } from "./open-orders.ts";
import { PriceWindow, type SavedWindow } from "./price-window.ts";
import { UnfinishedWork } from "./unfinished-work.ts";

/** A resting order, as read from the book or restored to it. */
export interface RestingOrder {
  readonly orderNumber: number;
  readonly client: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantityLots: number;
  /** The remaining quantity, displayed or hidden. */
  readonly remainingLots: number;
}

/** One aggregated price level: the displayed quantity of its orders, and their number. */
export interface Level {
  readonly priceTicks: PriceTicks;
  readonly totalLots: number;
  readonly orderCount: number;
}

/** The whole state of a book except its orders. */
export interface BookCounters {
  readonly sequence: number;
  readonly tradeNumber: number;
  readonly timeMs: number;
  readonly lastTradePriceTicks: number | undefined;
  readonly status: TradingStatus;
  readonly statusUntilMs: number | undefined;
  /** The recent trades, if the volatility rule is on. */
  readonly window: SavedWindow | undefined;
  /** The unfinished work of commands. */
  readonly unfinished: Unfinished | undefined;
}

/**
 * The state of one instrument: its open orders and its counters. It stores orders and knows nothing of
 * commands, which `apply` and `fold` interpret.
 */
export class OrderBook extends OpenOrders {
  /** Sequence of the last event; 0 before the first. */
  sequence = 0;
  /** Number of the last trade; 0 before the first. */
  tradeNumber = 0;
  /** Time of the last event in milliseconds; 0 before the first. */
  timeMs = 0;
  /** Price of the last trade; absent before the first. */
  lastTradePriceTicks: number | undefined;
  status: TradingStatus = "trading";
  /** When a halt or an auction ends by itself, if it does. */
  statusUntilMs: number | undefined;
  /** The recent trades, if the volatility rule is on. */
  readonly window: PriceWindow | undefined;
  readonly work = new UnfinishedWork(this);
  /** How many orders one order may meet. */
  readonly fillsMax: number;
  /** The number of events after which a command leaves the rest for later. */
  readonly eventsAtOnce: number;
  /** Whether every optional price or amount rule that a plain limit order could break is off. */
  readonly isUnguarded: boolean;
  #atBegin: BookCounters | undefined;

  constructor(rules: InstrumentRules) {
    super(rules);
    const { minimumNotional, maximumNotional, collarBasisPoints } = rules;
    const guards = [minimumNotional, maximumNotional, collarBasisPoints];
    this.isUnguarded = guards.every((guard) => guard === undefined);
    this.window = rules.volatility && new PriceWindow(rules.volatility);
    this.fillsMax = rules.maximumFills ?? FILLS_MAX_DEFAULT;
    this.eventsAtOnce = rules.maximumEventsAtOnce ?? EVENTS_AT_ONCE_DEFAULT;
  }

  /** The reference of the price rules: the last trade, or before the first trade the configured price. */
  get referenceTicks(): number | undefined {
    return this.lastTradePriceTicks ?? this.rules.referencePriceTicks;
  }
  /** The next time at which `advance` has something to do; with unfinished work, at once. */
  get nextDueMs(): number | undefined {
    return this.canGoOn ? this.timeMs : this.nextTimedMs;
  }
  /** Whether there is unfinished work that `advance` can continue now. */
  get canGoOn(): boolean {
    return this.work.uncross !== undefined || this.work.hasDoomed || this.isTriggering;
  }
  /** The next time at which an order expires or a phase ends. */
  get nextTimedMs(): number | undefined {
    const expiryMs = this.firstExpiry?.timeMs;
    if (this.statusUntilMs === undefined) return expiryMs;
    return Math.min(this.statusUntilMs, expiryMs ?? this.statusUntilMs);
  }

  /** Whether stops that trades have reached may be triggered now. */
  get isTriggering(): boolean {
    return this.status === "trading" && this.work.uncross === undefined && this.stops.hasReached;
  }

  /** Whether anything in the book follows trades. */
  get isWatched(): boolean {
    return this.stops.count > 0 || this.window !== undefined;
  }
  /** The number and time of the next event. Each read takes a new number. */
  nextStamp(): { sequence: Sequence; timeMs: TimeMs } {
    return { sequence: ++this.sequence as Sequence, timeMs: this.timeMs as TimeMs };
  }

  /** Records a trade: the last price, the trailing stops, and the window of recent trades. */
  noteTrade(priceTicks: number, inAuction: boolean): void {
    this.lastTradePriceTicks = priceTicks;
    if (this.stops.count > 0) this.stops.follow(priceTicks);
    if (this.window === undefined) return;
    if (inAuction) this.window.clear();
    this.window.add(this.timeMs, priceTicks);
  }

  /** A halt clears the window of recent trades. */
  setStatus(status: TradingStatus, untilMs: number | undefined): void {
    this.status = status;
    this.statusUntilMs = untilMs;
    if (status === "halted") this.window?.clear();
  }

  get counters(): BookCounters {
    const { sequence, tradeNumber, timeMs, lastTradePriceTicks, status, statusUntilMs } = this;
    const window = this.window?.save(timeMs);
    const unfinished = this.work.said;
    return { sequence, tradeNumber, timeMs, lastTradePriceTicks, status, statusUntilMs, window, unfinished };
  }
  set counters(counters: BookCounters) {
    this.sequence = counters.sequence;
    this.tradeNumber = counters.tradeNumber;
    this.timeMs = counters.timeMs;
    this.lastTradePriceTicks = counters.lastTradePriceTicks;
    this.status = counters.status;
    this.statusUntilMs = counters.statusUntilMs;
    if (counters.window !== undefined) this.window?.load(counters.window);
    this.work.restore(counters.unfinished);
  }

  /** Starts a group. Changes can be undone from now on. */
  begin(): void {
    this.undo.begin();
    this.#atBegin = this.counters;
  }
  /** Ends the group and keeps its changes. */
  commit(): void {
    this.undo.end();
  }
  /** Ends the group and undoes its changes. */
  rollback(): void {
    this.undo.run();
    if (this.#atBegin !== undefined) this.counters = this.#atBegin;
  }

  /** The levels of one side from the best, at most `limit`. */
  *levels(side: Side, limit = Number.POSITIVE_INFINITY): Generator<Level> {
    const levels = this.side(side);
    let left = limit;
    for (let level = levels.best; level !== NONE && left > 0; level = levels.worse(level)) {
      left--;
      yield readLevel(levels, level);
    }
  }

  /** The level at a price of one side, if an order rests there. */
  levelAt(side: Side, priceTicks: number): Level | undefined {
    const levels = this.side(side);
    const level = levels.levelAt(priceTicks);
    return level === NONE ? undefined : readLevel(levels, level);
  }

  /** The resting orders of one side in priority order: best price first, then oldest first. */
  *restingOrders(side: Side): Generator<RestingOrder> {
    const levels = this.side(side);
    const orders = this.orders;
    for (let level = levels.best; level !== NONE; level = levels.worse(level)) {
      for (let slot = levels.front(level); slot !== NONE; slot = orders.next(slot)) {
        yield {
          orderNumber: orders.orderNumber(slot),
          client: orders.client(slot),
          side,
          priceTicks: levels.priceTicks(level),
          quantityLots: orders.quantityLots(slot),
          remainingLots: this.remainingLots(slot),
        };
      }
    }
  }
}

function readLevel(levels: BookSide, level: number): Level {
  return {
    priceTicks: levels.priceTicks(level),
    totalLots: levels.levelLots(level),
    orderCount: levels.orderCount(level),
  };
}

import type { InstrumentRules } from "../vocabulary/rules.ts";
import type { TradingStatus } from "../vocabulary/trading-status.ts";
import { EVENTS_AT_ONCE_DEFAULT, FILLS_MAX_DEFAULT, type Unfinished } from "../vocabulary/unfinished.ts";
import type { PriceTicks, Sequence, Side, TimeMs } from "../vocabulary/units.ts";
import type { BookSide } from "./book-side.ts";
import { NONE } from "./integer-map.ts";
import { OpenOrders } from "./open-orders.ts";
import { PriceWindow, type SavedWindow } from "./price-window.ts";
import { UnfinishedWork } from "./unfinished-work.ts";

/** A resting order, as read from the book or put back into it. */
export interface RestingOrder {
  readonly orderNumber: number;
  readonly client: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantityLots: number;
  /** All that is left, whether it is shown or not. */
  readonly remainingLots: number;
}

/** One aggregated price level: what its orders show, and how many they are. */
export interface Level {
  readonly priceTicks: PriceTicks;
  readonly totalLots: number;
  readonly orderCount: number;
}

/** All of a book's state but its orders. */
export interface BookCounters {
  readonly sequence: number;
  readonly tradeNumber: number;
  readonly timeMs: number;
  readonly lastTradePriceTicks: number | undefined;
  readonly status: TradingStatus;
  readonly statusUntilMs: number | undefined;
  /** The recent trades, where there is a rule about volatility. */
  readonly window: SavedWindow | undefined;
  /** What commands have left to be done. */
  readonly unfinished: Unfinished | undefined;
}

/**
 * The state of one instrument: its open orders and its counters. It knows how to hold orders, not what a
 * command means: `apply` and `fold` decide that.
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
  /** The recent trades, where there is a rule about volatility. */
  readonly window: PriceWindow | undefined;
  readonly work = new UnfinishedWork(this);
  /** How many orders one order may meet. */
  readonly fillsMax: number;
  /** After how many events a command leaves the rest for later. */
  readonly eventsAtOnce: number;
  /** Whether no optional rule about prices and amounts is on that a plain limit order could break. */
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

  /** What prices are held against: the last trade, or before the first what the rules say. */
  get referenceTicks(): number | undefined {
    return this.lastTradePriceTicks ?? this.rules.referencePriceTicks;
  }
  /** The next time at which `advance` has something to do: at once where there is something left to be done. */
  get nextDueMs(): number | undefined {
    return this.canGoOn ? this.timeMs : this.nextTimedMs;
  }
  /** Whether there is something left that `advance` can go on with now. */
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

  /** Whether there is anything that follows trades. */
  get isWatched(): boolean {
    return this.stops.count > 0 || this.window !== undefined;
  }
  /** Number and time of the next event, whose number is taken by asking. */
  nextStamp(): { sequence: Sequence; timeMs: TimeMs } {
    return { sequence: ++this.sequence as Sequence, timeMs: this.timeMs as TimeMs };
  }

  /** Follows a trade: the price, the stops that trail it, the window that remembers it. */
  noteTrade(priceTicks: number, inAuction: boolean): void {
    this.lastTradePriceTicks = priceTicks;
    if (this.stops.count > 0) this.stops.follow(priceTicks);
    if (this.window === undefined) return;
    if (inAuction) this.window.clear();
    this.window.add(this.timeMs, priceTicks);
  }

  /** A halt makes a fresh start of what was traded before it. */
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

  /** From now on changes can be taken back. */
  begin(): void {
    this.undo.begin();
    this.#atBegin = this.counters;
  }
  /** Keeps the changes since `begin`. */
  commit(): void {
    this.undo.end();
  }
  /** Takes back the changes since `begin`: the book is as it was then. */
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

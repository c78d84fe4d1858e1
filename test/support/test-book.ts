import { apply } from "../../engine/apply.ts";
import { NONE } from "../../engine/book/integer-map.ts";
import { type BookCounters, type Level, OrderBook, type RestingOrder } from "../../engine/book/order-book.ts";
import { bookOf, type OpenOrder, openOrders } from "../../engine/book/snapshot.ts";
import { applyGroup, type GroupRefusal } from "../../engine/group.ts";
import { type IndicativeUncross, indicativeUncross } from "../../engine/uncross.ts";
import type { Command } from "../../engine/vocabulary/command.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { EventBuffer } from "../../engine/vocabulary/event-buffer.ts";
import type { RejectReason } from "../../engine/vocabulary/reject-reason.ts";
import type { InstrumentRules } from "../../engine/vocabulary/rules.ts";
import type { Side } from "../../engine/vocabulary/units.ts";

/** The outcome of a command: the reason for its rejection, or its events. */
export interface Outcome {
  readonly reject: RejectReason | undefined;
  readonly events: readonly Event[];
}

/** The outcome of a group: the rejected command, or the events of all. */
export interface GroupOutcome {
  readonly refusal: GroupRefusal | undefined;
  readonly events: readonly Event[];
}

type CounterName = "sequence" | "tradeNumber" | "timeMs" | "lastTradePriceTicks";

/** What a test can do with a book and read from it. Both the engine's book and the naive one implement it. */
export interface TestBook extends Pick<BookCounters, CounterName> {
  readonly rules: InstrumentRules;
  readonly restingCount: number;
  readonly counters: BookCounters;
  apply(command: Command): Outcome;
  /** Applies all commands or none. */
  applyGroup(commands: readonly Command[]): GroupOutcome;
  /** The waiting orders, oldest first, then the resting orders in priority order. */
  openOrders(): readonly OpenOrder[];
  /** What the orders would trade in an auction. */
  indicativeUncross(): IndicativeUncross | undefined;
  /** Best price first, then oldest first. */
  restingOrders(side: Side): readonly RestingOrder[];
  /** Best price first. */
  levels(side: Side): readonly Level[];
  lotsAt(side: Side, priceTicks: number): number;
  totalLots(side: Side): number;
  /** Whether the book finds the order by its number. */
  isOpen(orderNumber: number): boolean;
}

/** The engine's book for tests. */
export class EngineBook implements TestBook {
  readonly book: OrderBook;
  readonly #events = new EventBuffer(1);
  /** The results of the last reads by side, valid until the next command. */
  #orders: RestingOrder[][] = [];
  #open: OpenOrder[] | undefined;
  #levels: Level[][] = [];

  constructor(rules: InstrumentRules) {
    this.book = new OrderBook(rules);
  }

  get rules(): InstrumentRules {
    return this.book.rules;
  }
  get sequence(): number {
    return this.book.sequence;
  }
  get tradeNumber(): number {
    return this.book.tradeNumber;
  }
  get timeMs(): number {
    return this.book.timeMs;
  }
  get lastTradePriceTicks(): number | undefined {
    return this.book.lastTradePriceTicks;
  }
  get counters(): BookCounters {
    return this.book.counters;
  }
  get restingCount(): number {
    return this.book.restingCount;
  }

  #forget(): void {
    this.#events.clear();
    this.#orders = [];
    this.#levels = [];
    this.#open = undefined;
  }

  applyGroup(commands: readonly Command[]): GroupOutcome {
    this.#forget();
    const refusal = applyGroup(this.book, commands, this.#events);
    return { refusal, events: [...this.#events] };
  }
  /** @param rangeCount how coarse the search for it is; the result is the same. */
  indicativeUncross(rangeCount?: number): IndicativeUncross | undefined {
    return indicativeUncross(this.book, rangeCount);
  }
  openOrders(): readonly OpenOrder[] {
    this.#open ??= [...openOrders(this.book)];
    return this.#open;
  }
  apply(command: Command): Outcome {
    this.#forget();
    const reject = apply(this.book, command, this.#events);
    return { reject, events: [...this.#events] };
  }
  restingOrders(side: Side): readonly RestingOrder[] {
    this.#orders[side] ??= [...this.book.restingOrders(side)];
    return this.#orders[side];
  }
  levels(side: Side): readonly Level[] {
    this.#levels[side] ??= [...this.book.levels(side)];
    return this.#levels[side];
  }
  lotsAt(side: Side, priceTicks: number): number {
    return this.book.levelAt(side, priceTicks)?.totalLots ?? 0;
  }
  totalLots(side: Side): number {
    return this.book.side(side).totalLots;
  }
  isOpen(orderNumber: number): boolean {
    const slot = this.book.slotOf(orderNumber);
    return slot !== NONE && this.book.orders.orderNumber(slot) === orderNumber;
  }
}

/** An engine book restored from the readable state of another book. */
export function restoredBook(from: TestBook): OrderBook {
  return bookOf(from.rules, from.counters, from.openOrders());
}

import { apply } from "../../engine/apply.ts";
import type { Command } from "../../engine/command.ts";
import type { Event } from "../../engine/event.ts";
import { EventBuffer } from "../../engine/event-buffer.ts";
import { NONE } from "../../engine/integer-map.ts";
import { type Level, OrderBook, type RestingOrder } from "../../engine/order-book.ts";
import type { RejectReason } from "../../engine/reject-reason.ts";
import type { InstrumentRules } from "../../engine/rules.ts";
import type { Side } from "../../engine/units.ts";

/** What a command came to: the reason it was refused for, or the events it caused. */
export interface Outcome {
  readonly reject: RejectReason | undefined;
  readonly events: readonly Event[];
}

/** The counters of a book: all of its state but the resting orders. */
interface BookCounters {
  readonly sequence: number;
  readonly tradeNumber: number;
  readonly timeMs: number;
  readonly lastTradePriceTicks: number | undefined;
}

/** What a test can do with a book and see of it. The engine's book and the naive one both are one. */
export interface TestBook extends BookCounters {
  readonly rules: InstrumentRules;
  readonly restingCount: number;
  apply(command: Command): Outcome;
  /** Best price first, then oldest first. */
  restingOrders(side: Side): readonly RestingOrder[];
  /** Best price first. */
  levels(side: Side): readonly Level[];
  lotsAt(side: Side, priceTicks: number): number;
  totalLots(side: Side): number;
  /** Whether the book finds the order by its number. */
  isResting(orderNumber: number): boolean;
}

/** The engine's book, as a test sees it. */
export class EngineBook implements TestBook {
  readonly book: OrderBook;
  readonly #events = new EventBuffer(1);
  /** What the last reads gave, by side; good until the next command. */
  #orders: RestingOrder[][] = [];
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
  get restingCount(): number {
    return this.book.restingCount;
  }

  apply(command: Command): Outcome {
    this.#events.clear();
    this.#orders = [];
    this.#levels = [];
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
  isResting(orderNumber: number): boolean {
    const slot = this.book.slotOf(orderNumber);
    return slot !== NONE && this.book.orders.orderNumber(slot) === orderNumber;
  }
}

/** An engine book restored from what another book shows: its counters and its orders in priority order. */
export function restoredBook(from: TestBook): OrderBook {
  const book = new OrderBook(from.rules);
  for (const side of [0, 1] as const) {
    for (const { orderNumber, client, priceTicks, quantityLots, remainingLots } of from.restingOrders(side)) {
      book.rest(orderNumber, client, side, priceTicks, quantityLots, remainingLots);
    }
  }
  book.sequence = from.sequence;
  book.tradeNumber = from.tradeNumber;
  book.timeMs = from.timeMs;
  book.lastTradePriceTicks = from.lastTradePriceTicks;
  return book;
}

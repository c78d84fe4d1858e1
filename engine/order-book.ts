import { BookSide } from "./book-side.ts";
import { IntegerMap, NONE } from "./integer-map.ts";
import { OrderStore } from "./order-store.ts";
import type { InstrumentRules } from "./rules.ts";
import { BUY, type PriceTicks, SELL, type Side } from "./units.ts";

/** A resting order, as read from the book or put back into it. */
export interface RestingOrder {
  readonly orderNumber: number;
  readonly client: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly remainingLots: number;
}

/** One aggregated price level. */
export interface Level {
  readonly priceTicks: PriceTicks;
  readonly totalLots: number;
  readonly orderCount: number;
}

/**
 * The state of one instrument: its resting orders by price, then time, and its counters.
 * It knows how to hold orders, not what a command means: `apply` and `fold` decide that.
 */
export class OrderBook {
  readonly rules: InstrumentRules;
  /** Sequence of the last event; 0 before the first. */
  sequence = 0;
  /** Number of the last trade; 0 before the first. */
  tradeNumber = 0;
  /** Time of the last event in milliseconds; 0 before the first. */
  timeMs = 0;
  /** Price of the last trade; absent before the first. */
  lastTradePriceTicks: number | undefined;

  readonly orders = new OrderStore();
  readonly #buys: BookSide;
  readonly #sells: BookSide;
  readonly #slots = new IntegerMap(1024);

  constructor(rules: InstrumentRules) {
    this.rules = rules;
    this.#buys = new BookSide(BUY, this.orders, rules.maximumPriceTicks);
    this.#sells = new BookSide(SELL, this.orders, rules.maximumPriceTicks);
  }

  get restingCount(): number {
    return this.#slots.size;
  }

  side(side: Side): BookSide {
    return side === BUY ? this.#buys : this.#sells;
  }

  /** The slot of a resting order, or NONE. */
  slotOf(orderNumber: number): number {
    return this.#slots.get(orderNumber);
  }

  /** Puts an order at the back of the queue at its price. */
  rest(
    orderNumber: number,
    client: number,
    side: Side,
    priceTicks: number,
    quantityLots: number,
    remainingLots: number,
  ): void {
    const slot = this.orders.add(orderNumber, client, side, quantityLots, remainingLots);
    this.#slots.set(orderNumber, slot);
    this.side(side).append(slot, priceTicks);
  }

  /** Takes `lots` off a resting order; it leaves the book when nothing remains. */
  fill(slot: number, lots: number): void {
    if (lots === this.orders.remainingLots(slot)) this.remove(slot);
    else this.side(this.orders.side(slot)).reduce(slot, lots);
  }

  /** Takes a resting order off the book. */
  remove(slot: number): void {
    this.side(this.orders.side(slot)).unlink(slot);
    this.#slots.delete(this.orders.orderNumber(slot));
    this.orders.free(slot);
  }

  /** The price an order rests at. */
  priceTicks(slot: number): PriceTicks {
    return this.side(this.orders.side(slot)).priceTicks(this.orders.level(slot));
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
          remainingLots: orders.remainingLots(slot),
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

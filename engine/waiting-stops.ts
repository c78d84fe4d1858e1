import { BookSide } from "./book-side.ts";
import { NONE } from "./integer-map.ts";
import type { OrderExtras } from "./order-extras.ts";
import type { OrderStore } from "./order-store.ts";
import type { OrderTerms } from "./terms.ts";
import type { UndoLog } from "./undo-log.ts";
import { BUY, basisPointsOf, SELL, type Side } from "./units.ts";

/**
 * Stops that wait for a trade at their price or beyond. Those of a fixed price are filed like resting
 * orders, the next to be reached first; trailing ones are looked at after each trade. A stop that a trade
 * has reached is set aside until it is triggered, which is after the command that made the trade.
 */
export class WaitingStops {
  readonly #orders: OrderStore;
  readonly #extrasOf: (slot: number) => OrderExtras;
  readonly #undo: UndoLog;
  readonly #buys: BookSide;
  readonly #sells: BookSide;
  readonly #trailing = new Set<number>();
  readonly #reached = new Set<number>();
  readonly #lots: [buy: number, sell: number] = [0, 0];
  #count = 0;

  constructor(
    orders: OrderStore,
    extrasOf: (slot: number) => OrderExtras,
    undo: UndoLog,
    maximumPriceTicks: number,
  ) {
    this.#orders = orders;
    this.#extrasOf = extrasOf;
    this.#undo = undo;
    // A rising price reaches the lowest buy stop first, a falling one the highest sell stop.
    this.#buys = new BookSide(SELL, orders, maximumPriceTicks);
    this.#sells = new BookSide(BUY, orders, maximumPriceTicks);
  }

  /** How many stops wait, of any kind. */
  get count(): number {
    return this.#count;
  }
  get trailingCount(): number {
    return this.#trailing.size;
  }
  get reachedCount(): number {
    return this.#reached.size;
  }
  /** Sum of the quantities that wait on one side. */
  totalLots(side: Side): number {
    return this.#lots[side];
  }

  /** Files a waiting order by its terms. */
  add(slot: number): void {
    this.#count++;
    this.#lots[this.#orders.side(slot)] += this.#orders.quantityLots(slot);
    const { terms, isReached } = this.#extrasOf(slot);
    if (isReached) this.#reached.add(slot);
    else if (terms.stopPriceTicks === undefined) this.#trailing.add(slot);
    else this.#filed(slot).append(slot, terms.stopPriceTicks);
  }

  remove(slot: number): void {
    this.#count--;
    this.#lots[this.#orders.side(slot)] -= this.#orders.quantityLots(slot);
    const { terms, isReached } = this.#extrasOf(slot);
    if (isReached) this.#reached.delete(slot);
    else if (terms.stopPriceTicks === undefined) this.#trailing.delete(slot);
    else this.#filed(slot).unlink(slot);
  }

  /** Sets aside the stops that a trade reaches, and lets the trailing ones follow it. */
  follow(priceTicks: number): void {
    const [buys, sells] = [this.#buys, this.#sells];
    for (let at = buys.best; at !== NONE && buys.priceTicks(at) <= priceTicks; at = buys.best)
      this.#reach(buys.front(at));
    for (let at = sells.best; at !== NONE && sells.priceTicks(at) >= priceTicks; at = sells.best)
      this.#reach(sells.front(at));
    for (const slot of this.#trailing) this.#trail(slot, priceTicks);
  }

  /** The numbers of the stops that trades have reached, oldest first. */
  reachedNumbers(): number[] {
    return Array.from(this.#reached, (slot) => this.#orders.orderNumber(slot)).sort((a, b) => a - b);
  }

  /** The numbers of the trailing stops and of those that trades have reached. */
  followingNumbers(): number[] {
    return Array.from([...this.#trailing, ...this.#reached], (slot) => this.#orders.orderNumber(slot));
  }

  /** The numbers of all waiting stops, oldest first. */
  orderNumbers(): number[] {
    const numbers = this.reachedNumbers();
    for (const slot of this.#trailing) numbers.push(this.#orders.orderNumber(slot));
    for (const side of [this.#buys, this.#sells]) {
      for (let level = side.best; level !== NONE; level = side.worse(level)) {
        for (let slot = side.front(level); slot !== NONE; slot = this.#orders.next(slot))
          numbers.push(this.#orders.orderNumber(slot));
      }
    }
    return numbers.sort((a, b) => a - b);
  }

  #trail(slot: number, priceTicks: number): void {
    const extras = this.#extrasOf(slot);
    const { anchorTicks } = extras;
    const side = this.#orders.side(slot);
    if (anchorTicks !== undefined) {
      if (isThrough(side, trailedStopTicks(side, extras.terms, anchorTicks), priceTicks)) {
        this.#reach(slot);
        return;
      }
      if (side === SELL ? priceTicks <= anchorTicks : priceTicks >= anchorTicks) return;
    }
    extras.anchorTicks = priceTicks;
    if (!this.#undo.isOn) return;
    this.#undo.add(() => {
      extras.anchorTicks = anchorTicks;
    });
  }

  #reach(slot: number): void {
    const extras = this.#extrasOf(slot);
    this.remove(slot);
    extras.isReached = true;
    this.add(slot);
    if (this.#undo.isOn) {
      this.#undo.add(() => {
        this.remove(slot);
        extras.isReached = false;
        this.add(slot);
      });
    }
  }

  #filed(slot: number): BookSide {
    return this.#orders.side(slot) === BUY ? this.#buys : this.#sells;
  }
}

/** Whether a trade at a price triggers a stop: at or above that of a buy, at or below that of a sell. */
export function isThrough(side: Side, stopPriceTicks: number, tradedTicks: number): boolean {
  return side === BUY ? tradedTicks >= stopPriceTicks : tradedTicks <= stopPriceTicks;
}

/** Where a trailing stop stands that has followed the trades to an anchor; zero or less is never reached. */
export function trailedStopTicks(side: Side, terms: OrderTerms, anchorTicks: number): number {
  const behind = terms.trailTicks ?? Math.max(1, basisPointsOf(anchorTicks, terms.trailBasisPoints ?? 0));
  return side === BUY ? anchorTicks + behind : anchorTicks - behind;
}

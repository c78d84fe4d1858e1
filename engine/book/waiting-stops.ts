import type { OrderTerms } from "../vocabulary/terms.ts";
import { BUY, basisPointsOf, SELL, type Side } from "../vocabulary/units.ts";
import { BookSide } from "./book-side.ts";
import { NONE } from "./integer-map.ts";
import type { OrderExtras } from "./order-extras.ts";
import type { OrderStore } from "./order-store.ts";
import type { UndoLog } from "./undo-log.ts";

/**
 * Stops that wait for a trade at their price or beyond. Stops with a fixed price are filed like resting
 * orders: the next to be reached first, and at one price the oldest first. The extreme prices of the trades
 * determine which of them are reached. Trailing stops are checked after each trade. A reached stop waits
 * until it is triggered, after the command that made the trade.
 */
export class WaitingStops {
  readonly #orders: OrderStore;
  readonly #extrasOf: (slot: number) => OrderExtras;
  readonly #undo: UndoLog;
  readonly #buys: BookSide;
  readonly #sells: BookSide;
  readonly #trailing = new Set<number>();
  readonly #reachedTrailing = new Set<number>();
  readonly #lots: [buy: number, sell: number] = [0, 0];
  /**
   * The highest and the lowest traded price since all reached stops with a fixed price were last triggered.
   */
  #reachedBuyTicks = 0;
  #reachedSellTicks = Number.POSITIVE_INFINITY;
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
    // A rising price reaches the lowest buy stop first, a falling price the highest sell stop.
    this.#buys = new BookSide(SELL, orders, maximumPriceTicks);
    this.#sells = new BookSide(BUY, orders, maximumPriceTicks);
  }

  /** The number of waiting stops of all kinds. */
  get count(): number {
    return this.#count;
  }
  /** The number of trailing stops that follow trades. */
  get trailingCount(): number {
    return this.#trailing.size;
  }
  /** The number of trailing stops that are reached and still to be triggered. */
  get reachedTrailingCount(): number {
    return this.#reachedTrailing.size;
  }
  /** Sum of the waiting quantities on one side. */
  totalLots(side: Side): number {
    return this.#lots[side];
  }
  /** The highest traded price, if a buy stop at or below it is still to be triggered. */
  get reachedBuyTicks(): number | undefined {
    const { best } = this.#buys;
    return best !== NONE && this.#buys.priceTicks(best) <= this.#reachedBuyTicks
      ? this.#reachedBuyTicks
      : undefined;
  }
  /** The lowest traded price, if a sell stop at or above it is still to be triggered. */
  get reachedSellTicks(): number | undefined {
    const { best } = this.#sells;
    return best !== NONE && this.#sells.priceTicks(best) >= this.#reachedSellTicks
      ? this.#reachedSellTicks
      : undefined;
  }
  /** Whether any stop is still to be triggered. */
  get hasReached(): boolean {
    return (
      this.#reachedTrailing.size > 0 ||
      this.reachedBuyTicks !== undefined ||
      this.reachedSellTicks !== undefined
    );
  }

  /** Whether stops of a side at this price are reached and still to be triggered. */
  isReachedAt(side: Side, stopPriceTicks: number): boolean {
    const furthest = side === BUY ? this.reachedBuyTicks : this.reachedSellTicks;
    return furthest !== undefined && isThrough(side, stopPriceTicks, furthest);
  }

  /** Whether a trade has reached a waiting stop. */
  isReached(slot: number): boolean {
    const { terms, isReached } = this.#extrasOf(slot);
    const { stopPriceTicks } = terms;
    return stopPriceTicks === undefined
      ? isReached
      : this.isReachedAt(this.#orders.side(slot), stopPriceTicks);
  }

  /** Files a waiting order by its terms. */
  add(slot: number): void {
    this.#count++;
    this.#lots[this.#orders.side(slot)] += this.#orders.quantityLots(slot);
    const { terms, isReached } = this.#extrasOf(slot);
    if (terms.stopPriceTicks !== undefined) this.#filed(slot).insertByAge(slot, terms.stopPriceTicks);
    else (isReached ? this.#reachedTrailing : this.#trailing).add(slot);
  }

  remove(slot: number): void {
    this.#count--;
    this.#lots[this.#orders.side(slot)] -= this.#orders.quantityLots(slot);
    const { terms, isReached } = this.#extrasOf(slot);
    if (terms.stopPriceTicks !== undefined) this.#filed(slot).unlink(slot);
    else (isReached ? this.#reachedTrailing : this.#trailing).delete(slot);
  }

  /** Marks the stops at the price of a trade as reached. */
  reach(priceTicks: number): void {
    const [buys, sells] = [this.#buys, this.#sells];
    if (buys.best !== NONE && buys.priceTicks(buys.best) <= priceTicks)
      this.#reachedBuyTicks = Math.max(this.reachedBuyTicks ?? 0, priceTicks);
    if (sells.best !== NONE && sells.priceTicks(sells.best) >= priceTicks)
      this.#reachedSellTicks = Math.min(this.reachedSellTicks ?? priceTicks, priceTicks);
  }

  /**
   * Clears the extreme prices if no stop is to be triggered by them, so that they do not affect later stops.
   */
  settle(): void {
    if (this.#reachedBuyTicks !== 0 && this.reachedBuyTicks === undefined) this.#reachedBuyTicks = 0;
    if (this.#reachedSellTicks !== Number.POSITIVE_INFINITY && this.reachedSellTicks === undefined)
      this.#reachedSellTicks = Number.POSITIVE_INFINITY;
  }

  /** Sets the extreme prices; absent if no stop is to be triggered. */
  setReached(buyTicks: number | undefined, sellTicks: number | undefined): void {
    this.#reachedBuyTicks = buyTicks ?? 0;
    this.#reachedSellTicks = sellTicks ?? Number.POSITIVE_INFINITY;
  }

  /** Moves the trailing stops with a trade, and marks those that it reaches. */
  follow(priceTicks: number): void {
    for (const slot of this.#trailing) this.#trail(slot, priceTicks);
  }

  /**
   * The next stop to trigger, or NONE: the oldest of the lowest buy stop, the highest sell stop and the
   * trailing stops that are reached.
   */
  get nextReached(): number {
    let next = this.reachedBuyTicks === undefined ? NONE : this.#buys.front(this.#buys.best);
    if (this.reachedSellTicks !== undefined) next = this.#older(next, this.#sells.front(this.#sells.best));
    for (const slot of this.#reachedTrailing) next = this.#older(next, slot);
    return next;
  }

  #older(a: number, b: number): number {
    return a === NONE || this.#orders.orderNumber(b) < this.#orders.orderNumber(a) ? b : a;
  }

  /** The numbers of the trailing stops, reached or not. */
  trailingNumbers(): number[] {
    return [...this.#trailing, ...this.#reachedTrailing].map((slot) => this.#orders.orderNumber(slot));
  }

  /** The numbers of all waiting stops, oldest first. */
  orderNumbers(): number[] {
    const numbers = this.trailingNumbers();
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
        this.#setReached(slot, true);
        if (this.#undo.isOn) this.#undo.add(() => this.#setReached(slot, false));
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

  #setReached(slot: number, isReached: boolean): void {
    this.remove(slot);
    this.#extrasOf(slot).isReached = isReached;
    this.add(slot);
  }

  #filed(slot: number): BookSide {
    return this.#orders.side(slot) === BUY ? this.#buys : this.#sells;
  }
}

/** Whether a trade at a price triggers a stop: at or above a buy's stop price, at or below a sell's. */
export function isThrough(side: Side, stopPriceTicks: number, tradedTicks: number): boolean {
  return side === BUY ? tradedTicks >= stopPriceTicks : tradedTicks <= stopPriceTicks;
}

/**
 * The stop price of a trailing stop that has followed trades to an anchor. A price of zero or less is never
 * reached.
 */
export function trailedStopTicks(side: Side, terms: OrderTerms, anchorTicks: number): number {
  const behind = terms.trailTicks ?? Math.max(1, basisPointsOf(anchorTicks, terms.trailBasisPoints ?? 0));
  return side === BUY ? anchorTicks + behind : anchorTicks - behind;
}

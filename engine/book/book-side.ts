import { BUY, type PriceTicks, type Side } from "../vocabulary/units.ts";
import type { CopyMemory } from "./copy-memory.ts";
import { NONE } from "./integer-map.ts";
import type { OrderStore } from "./order-store.ts";
import { RankIndex } from "./rank-index.ts";

/**
 * One side of a book: price levels from best to worst, each a first-in-first-out queue of orders.
 *
 * A level is filed under its *rank*: 0 for the best possible price, growing as the price gets worse. With
 * ranks, both sides share their code: lower is better, and only `rankOf` depends on the side.
 */
export class BookSide {
  readonly side: Side;
  readonly #orders: OrderStore;
  readonly #maximumPriceTicks: number;
  readonly #index: RankIndex;
  #ranks = new Float64Array(64);
  #totals = new Float64Array(64);
  #hiddens = new Float64Array(64);
  #heads = new Int32Array(64);
  #tails = new Int32Array(64);
  #counts = new Int32Array(64);
  #betters = new Int32Array(64);
  #worses = new Int32Array(64);
  #used = 0;
  readonly #free: number[] = [];
  #best = NONE;
  #totalLots = 0;
  #hiddenLots = 0;

  constructor(side: Side, orders: OrderStore, maximumPriceTicks: number) {
    this.side = side;
    this.#orders = orders;
    this.#maximumPriceTicks = maximumPriceTicks;
    this.#index = new RankIndex(maximumPriceTicks);
  }

  /** The best level, or NONE if the side is empty. */
  get best(): number {
    return this.#best;
  }
  /** All levels in no order, to be looked at once; those that were taken away have no lots. */
  get all() {
    return { ranks: this.#ranks.subarray(0, this.#used), totals: this.#totals, hiddens: this.#hiddens };
  }
  get levelCount(): number {
    return this.#used - this.#free.length;
  }
  /** Sum of all displayed quantities on this side. */
  get totalLots(): number {
    return this.#totalLots;
  }
  /** Sum of the hidden quantities of icebergs on this side. */
  get hiddenLots(): number {
    return this.#hiddenLots;
  }

  /** Copies the side, for reading from the best level on. @param orders a copy of its orders. */
  copy(orders: OrderStore, memory: CopyMemory): BookSide {
    const copy = new BookSide(this.side, orders, this.#maximumPriceTicks);
    copy.#ranks = memory.doubles(this.#ranks, this.#used);
    copy.#totals = memory.doubles(this.#totals, this.#used);
    copy.#counts = memory.integers(this.#counts, this.#used);
    copy.#heads = memory.integers(this.#heads, this.#used);
    copy.#worses = memory.integers(this.#worses, this.#used);
    copy.#best = this.#best;
    return copy;
  }

  rankOf(priceTicks: number): number {
    return this.side === BUY ? this.#maximumPriceTicks - priceTicks : priceTicks;
  }
  priceTicks(level: number): PriceTicks {
    const rank = this.rank(level);
    return (this.side === BUY ? this.#maximumPriceTicks - rank : rank) as PriceTicks;
  }
  rank(level: number): number {
    return this.#ranks[level] as number;
  }
  /** Sum of the displayed quantities at a level. */
  levelLots(level: number): number {
    return this.#totals[level] as number;
  }
  /** Sum of the hidden quantities of icebergs at a level. */
  levelHiddenLots(level: number): number {
    return this.#hiddens[level] as number;
  }
  /** The number of orders at a level. */
  orderCount(level: number): number {
    return this.#counts[level] as number;
  }
  /** The order at the front of a level's queue. */
  front(level: number): number {
    return this.#heads[level] as number;
  }
  /** The next worse level, or NONE. */
  worse(level: number): number {
    return this.#worses[level] as number;
  }
  /** The level at a price, or NONE. */
  levelAt(priceTicks: number): number {
    return this.#index.get(this.rankOf(priceTicks));
  }

  /** The worst level whose price is better than one, or NONE. */
  betterThan(priceTicks: number): number {
    return this.#index.nearestBelow(this.rankOf(priceTicks));
  }

  /** Puts an order at the back of the queue at its price. */
  append(slot: number, priceTicks: number): void {
    const rank = this.rankOf(priceTicks);
    let level = this.#index.get(rank);
    if (level === NONE) level = this.#insertLevel(rank);
    const orders = this.#orders;
    const tail = this.#tails[level] as number;
    orders.setLevel(slot, level);
    orders.setPrevious(slot, tail);
    orders.setNext(slot, NONE);
    if (tail === NONE) this.#heads[level] = slot;
    else orders.setNext(tail, slot);
    this.#tails[level] = slot;
    this.#counts[level] = (this.#counts[level] as number) + 1;
    this.#addLots(level, orders.shownLots(slot));
  }

  /** Puts an order behind every older one at its price. */
  insertByAge(slot: number, priceTicks: number): void {
    const orders = this.#orders;
    const orderNumber = orders.orderNumber(slot);
    const level = this.levelAt(priceTicks);
    let previous = level === NONE ? NONE : (this.#tails[level] as number);
    let next = NONE;
    while (previous !== NONE && orders.orderNumber(previous) > orderNumber) {
      next = previous;
      previous = orders.previous(previous);
    }
    this.relink(slot, priceTicks, previous, next);
  }

  /** Adds to the hidden quantity of an order. Its displayed quantity does not change. */
  addHidden(slot: number, lots: number): void {
    const level = this.#orders.level(slot);
    this.#hiddens[level] = (this.#hiddens[level] as number) + lots;
    this.#hiddenLots += lots;
  }

  /** Links an order between two neighbours at its price. NONE stands for the front and for the back. */
  relink(slot: number, priceTicks: number, previous: number, next: number): void {
    this.append(slot, priceTicks);
    if (next === NONE) return;
    const orders = this.#orders;
    const level = orders.level(slot);
    const last = orders.previous(slot);
    orders.setNext(last, NONE);
    this.#tails[level] = last;
    orders.setPrevious(slot, previous);
    orders.setNext(slot, next);
    orders.setPrevious(next, slot);
    if (previous === NONE) this.#heads[level] = slot;
    else orders.setNext(previous, slot);
  }

  /** Reduces the displayed quantity of an order, which keeps its place. */
  reduce(slot: number, lots: number): void {
    this.#orders.setShownLots(slot, this.#orders.shownLots(slot) - lots);
    this.#addLots(this.#orders.level(slot), -lots);
  }

  /** Removes an order from its queue, and the level with its last order. */
  unlink(slot: number): void {
    const orders = this.#orders;
    const level = orders.level(slot);
    const previous = orders.previous(slot);
    const next = orders.next(slot);
    this.#addLots(level, -orders.shownLots(slot));
    if (previous === NONE && next === NONE) {
      this.#removeLevel(level);
      return;
    }
    if (previous === NONE) this.#heads[level] = next;
    else orders.setNext(previous, next);
    if (next === NONE) this.#tails[level] = previous;
    else orders.setPrevious(next, previous);
    this.#counts[level] = (this.#counts[level] as number) - 1;
  }

  #addLots(level: number, lots: number): void {
    this.#totals[level] = (this.#totals[level] as number) + lots;
    this.#totalLots += lots;
  }

  #insertLevel(rank: number): number {
    const best = this.#best;
    const isBest = best === NONE || rank < this.rank(best);
    const better = isBest ? NONE : this.#index.nearestBelow(rank);
    const worse = isBest ? best : (this.#worses[better] as number);
    const level = this.#free.pop() ?? this.#freshLevel();
    this.#ranks[level] = rank;
    this.#totals[level] = 0;
    this.#hiddens[level] = 0;
    this.#counts[level] = 0;
    this.#heads[level] = NONE;
    this.#tails[level] = NONE;
    this.#betters[level] = better;
    this.#worses[level] = worse;
    if (isBest) this.#best = level;
    else this.#worses[better] = level;
    if (worse !== NONE) this.#betters[worse] = level;
    this.#index.add(rank, level);
    return level;
  }

  #removeLevel(level: number): void {
    const better = this.#betters[level] as number;
    const worse = this.#worses[level] as number;
    if (better === NONE) this.#best = worse;
    else this.#worses[better] = worse;
    if (worse !== NONE) this.#betters[worse] = better;
    this.#index.remove(this.rank(level));
    this.#free.push(level);
  }

  #freshLevel(): number {
    if (this.#used === this.#ranks.length) this.#growLevels();
    return this.#used++;
  }

  #growLevels(): void {
    const capacity = this.#ranks.length * 2;
    const doubles = (from: Float64Array) => {
      const to = new Float64Array(capacity);
      to.set(from);
      return to;
    };
    const integers = (from: Int32Array) => {
      const to = new Int32Array(capacity);
      to.set(from);
      return to;
    };
    this.#ranks = doubles(this.#ranks);
    this.#totals = doubles(this.#totals);
    this.#hiddens = doubles(this.#hiddens);
    this.#heads = integers(this.#heads);
    this.#tails = integers(this.#tails);
    this.#counts = integers(this.#counts);
    this.#betters = integers(this.#betters);
    this.#worses = integers(this.#worses);
  }
}

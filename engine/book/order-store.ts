import { SELF_TRADE_MODES, type SelfTradeMode } from "../vocabulary/terms.ts";
import type { Side } from "../vocabulary/units.ts";
import type { CopyMemory } from "./copy-memory.ts";
import { NONE } from "./integer-map.ts";
import type { Smallest } from "./smallest.ts";

/**
 * Resting orders as fixed-size records in one buffer, 48 bytes each, accessed through two views. A slot is
 * the index of a record. Freed slots are reused, the last freed first.
 *
 * | bytes | field |
 * |---|---|
 * | 0–7, 8–15, 16–23 | order number, quantity, remaining quantity (doubles holding integers) |
 * | 24–43 | client, flags, level slot, next and previous order in the level (32-bit integers) |
 * | 44–47 | place of the extras |
 *
 * Of an iceberg the shown quantity is its slice; the rest is among its extras. The flags
 * are the side, the self-trade mode, and whether the order is a stop that waits.
 */
export class OrderStore {
  #doubles: Float64Array<ArrayBuffer>;
  #integers: Int32Array;
  #capacity: number;
  #used = 0;
  #free: Int32Array;
  #freeCount = 0;

  constructor(capacity = 1024) {
    const buffer = new ArrayBuffer(capacity * RECORD_BYTES);
    this.#doubles = new Float64Array(buffer);
    this.#integers = new Int32Array(buffer);
    this.#free = new Int32Array(capacity);
    this.#capacity = capacity;
  }

  /** The number of orders. */
  get count(): number {
    return this.#used - this.#freeCount;
  }

  /** The size of a copy. */
  get byteLength(): number {
    return this.#used * RECORD_BYTES;
  }

  /** Copies all orders, for reading. */
  copy(memory: CopyMemory): OrderStore {
    const copy = new OrderStore(0);
    const doubles = memory.doubles(this.#doubles, this.#used * DOUBLES);
    copy.#doubles = doubles;
    copy.#integers = new Int32Array(doubles.buffer, doubles.byteOffset, this.#used * INTEGERS);
    return copy;
  }

  /** Stores an order and returns its slot. It is not linked to a level yet. */
  add(
    orderNumber: number,
    client: number,
    flags: number,
    quantityLots: number,
    shownLots: number,
    extrasPlace: number,
  ): number {
    const slot = this.#freeCount > 0 ? (this.#free[--this.#freeCount] as number) : this.#fresh();
    const d = slot * DOUBLES;
    this.#doubles[d] = orderNumber;
    this.#doubles[d + 1] = quantityLots;
    this.#doubles[d + 2] = shownLots;
    const i = slot * INTEGERS;
    this.#integers[i + CLIENT] = client;
    this.#integers[i + FLAGS] = flags;
    this.#integers[i + EXTRAS] = extrasPlace;
    return slot;
  }

  free(slot: number): void {
    this.#integers[slot * INTEGERS + CLIENT] = NONE;
    this.#free[this.#freeCount++] = slot;
  }

  /** The slots of a client's orders, found by a scan of all orders. */
  eachOf(client: number, visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.#used; slot++) if (this.client(slot) === client) visit(slot);
  }

  // Without a call for each order, and from the end where those orders are that are probably wanted, the scans
  // of a million orders take half as long.

  /** Adds the numbers of a client's orders above a number, found by a scan of all orders. */
  addNumbersAbove(client: number, above: number, numbers: Smallest): void {
    const [doubles, integers] = [this.#doubles, this.#integers];
    for (let slot = 0; slot < this.#used; slot++) {
      if (integers[slot * INTEGERS + CLIENT] !== client) continue;
      const orderNumber = doubles[slot * DOUBLES] as number;
      if (orderNumber > above) numbers.add(orderNumber);
    }
  }

  /** Adds the numbers of a client's orders below a number, as negative numbers, found by a scan of all orders. */
  addNumbersBelow(client: number, below: number, negatives: Smallest): void {
    const [doubles, integers] = [this.#doubles, this.#integers];
    for (let slot = this.#used - 1; slot >= 0; slot--) {
      if (integers[slot * INTEGERS + CLIENT] !== client) continue;
      const orderNumber = doubles[slot * DOUBLES] as number;
      if (orderNumber < below) negatives.add(-orderNumber);
    }
  }

  orderNumber(slot: number): number {
    return this.#doubles[slot * DOUBLES] as number;
  }
  quantityLots(slot: number): number {
    return this.#doubles[slot * DOUBLES + 1] as number;
  }
  setQuantityLots(slot: number, quantityLots: number): void {
    this.#doubles[slot * DOUBLES + 1] = quantityLots;
  }
  /** What an order shows of what it has left: all of it, unless it is an iceberg. */
  shownLots(slot: number): number {
    return this.#doubles[slot * DOUBLES + 2] as number;
  }
  setShownLots(slot: number, shownLots: number): void {
    this.#doubles[slot * DOUBLES + 2] = shownLots;
  }
  client(slot: number): number {
    return this.#integers[slot * INTEGERS + CLIENT] as number;
  }
  side(slot: number): Side {
    return ((this.#integers[slot * INTEGERS + FLAGS] as number) & SIDE_FLAG) as Side;
  }
  flags(slot: number): number {
    return this.#integers[slot * INTEGERS + FLAGS] as number;
  }
  isWaiting(slot: number): boolean {
    return ((this.#integers[slot * INTEGERS + FLAGS] as number) & WAITING_FLAG) !== 0;
  }
  selfTrade(slot: number): SelfTradeMode {
    return SELF_TRADE_MODES[(this.flags(slot) & (WAITING_FLAG - 1)) >> 1] as SelfTradeMode;
  }
  /** Where the order's extras are, or NONE for a plain one. */
  extrasPlace(slot: number): number {
    return this.#integers[slot * INTEGERS + EXTRAS] as number;
  }
  level(slot: number): number {
    return this.#integers[slot * INTEGERS + LEVEL] as number;
  }
  setLevel(slot: number, level: number): void {
    this.#integers[slot * INTEGERS + LEVEL] = level;
  }
  next(slot: number): number {
    return this.#integers[slot * INTEGERS + NEXT] as number;
  }
  setNext(slot: number, next: number): void {
    this.#integers[slot * INTEGERS + NEXT] = next;
  }
  previous(slot: number): number {
    return this.#integers[slot * INTEGERS + PREVIOUS] as number;
  }
  setPrevious(slot: number, previous: number): void {
    this.#integers[slot * INTEGERS + PREVIOUS] = previous;
  }

  #fresh(): number {
    if (this.#used === this.#capacity) {
      this.#capacity *= 2;
      const buffer = new ArrayBuffer(this.#capacity * RECORD_BYTES);
      const doubles = new Float64Array(buffer);
      doubles.set(this.#doubles);
      this.#doubles = doubles;
      this.#integers = new Int32Array(buffer);
      this.#free = new Int32Array(this.#capacity);
    }
    return this.#used++;
  }
}

const RECORD_BYTES = 48;
const DOUBLES = RECORD_BYTES / 8;
const INTEGERS = RECORD_BYTES / 4;
const CLIENT = 6;
const FLAGS = 7;
const LEVEL = 8;
const NEXT = 9;
const PREVIOUS = 10;
const EXTRAS = 11;

const SIDE_FLAG = 1;
const WAITING_FLAG = 16;

/** The flags of a record. */
export function orderFlags(side: Side, selfTrade: SelfTradeMode, isWaiting: boolean): number {
  return side + 2 * SELF_TRADE_MODES.indexOf(selfTrade) + (isWaiting ? WAITING_FLAG : 0);
}

import { BUY, SELL, type Side } from "../vocabulary/units.ts";
import type { OrderStore } from "./order-store.ts";
import { Smallest } from "./smallest.ts";

/** A client with more open orders than this has no set of its orders. */
const KEPT_MAX = 10_000;

/** A set that grows beyond this is dropped: a scan of all orders is cheaper than one of a very large set. */
const DROPPED_ABOVE = 20_000;

/** Once this many clients have a set, a client's set is dropped with its last order. */
const CLIENTS_KEPT = 10_000;

/**
 * The open orders of each client. Their number is always kept, and it is all that a plain order costs. The
 * set of a client's orders is built when it is first requested, by a scan of all orders, and is maintained
 * from then on.
 */
export class ClientIndex {
  readonly #orders: OrderStore;
  /** The number of each client's orders on each side. The numbers of clients are small and dense. */
  #counts = new Int32Array(128);
  /** The number of waiting stops among those orders, indexed by client number. */
  #stopCounts = new Int32Array(64);
  /** The order slots of the clients that have a set. */
  readonly #slots = new Map<number, Set<number>>();

  constructor(orders: OrderStore) {
    this.#orders = orders;
  }

  add(slot: number, client: number): void {
    const place = 2 * client + this.#orders.side(slot);
    if (place >= this.#counts.length) this.#counts = grown(this.#counts, place);
    this.#counts[place] = (this.#counts[place] as number) + 1;
    if (this.#slots.size > 0) this.#note(slot, client);
  }

  #note(slot: number, client: number): void {
    const slots = this.#slots.get(client);
    slots?.add(slot);
    if (slots !== undefined && slots.size > DROPPED_ABOVE) this.#slots.delete(client);
  }

  /** @param slot of an order that is still stored. */
  remove(slot: number, client: number): void {
    const place = 2 * client + this.#orders.side(slot);
    this.#counts[place] = (this.#counts[place] as number) - 1;
    if (this.#slots.size > 0) this.#forget(slot, client);
  }

  #forget(slot: number, client: number): void {
    const slots = this.#slots.get(client);
    slots?.delete(slot);
    if (slots?.size === 0 && this.#slots.size > CLIENTS_KEPT) this.#slots.delete(client);
  }

  /** Counts one of a client's open orders, which was added before, as a waiting stop. */
  addStop(client: number): void {
    if (client >= this.#stopCounts.length) this.#stopCounts = grown(this.#stopCounts, client);
    this.#stopCounts[client] = (this.#stopCounts[client] as number) + 1;
  }

  removeStop(client: number): void {
    this.#stopCounts[client] = (this.#stopCounts[client] as number) - 1;
  }

  /** The number of waiting stops of a client. */
  stopCount(client: number): number {
    return this.#stopCounts[client] ?? 0;
  }

  /** The number of open orders of a client, on one side if that is given. */
  count(client: number, side?: Side): number {
    if (side !== undefined) return this.#counts[2 * client + side] ?? 0;
    return this.count(client, BUY) + this.count(client, SELL);
  }

  /**
   * The numbers of a client's oldest open orders above a number, oldest first. @param limit the most numbers
   * returned.
   */
  oldest(client: number, limit: number, above: number): Float64Array {
    const oldest = new Smallest(this.#countUpTo(client, limit));
    const slots = this.#slotsOf(client);
    if (slots === undefined) this.#orders.addNumbersAbove(client, above, oldest);
    else
      for (const slot of slots) {
        const orderNumber = this.#orders.orderNumber(slot);
        if (orderNumber > above) oldest.add(orderNumber);
      }
    return oldest.sorted();
  }

  /**
   * The numbers of a client's newest open orders below a number, newest first. @param limit the most numbers
   * returned.
   */
  newest(client: number, limit: number, below = Number.POSITIVE_INFINITY): Float64Array {
    const newest = new Smallest(this.#countUpTo(client, limit));
    const slots = this.#slotsOf(client);
    if (slots === undefined) this.#orders.addNumbersBelow(client, below, newest);
    else
      for (const slot of slots) {
        const orderNumber = this.#orders.orderNumber(slot);
        if (orderNumber < below) newest.add(-orderNumber);
      }
    return newest.sorted().map((negative) => -negative);
  }

  #countUpTo(client: number, limit: number): number {
    return Math.max(1, Math.min(limit, this.count(client)));
  }

  /** The slots of a client's orders; undefined for a client with so many that a scan of all orders finds them. */
  #slotsOf(client: number): Iterable<number> | undefined {
    const known = this.#slots.get(client);
    if (known !== undefined) return known;
    const count = this.count(client);
    if (count === 0) return [];
    if (count > KEPT_MAX) return undefined;
    const slots = new Set<number>();
    this.#orders.eachOf(client, (slot) => void slots.add(slot));
    this.#slots.set(client, slots);
    return slots;
  }
}

/** The counts, with room for one more place at least. */
function grown(counts: Int32Array<ArrayBuffer>, place: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(place + 1, counts.length * 2));
  larger.set(counts);
  return larger;
}

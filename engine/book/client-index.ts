import type { Side } from "../vocabulary/units.ts";
import type { OrderStore } from "./order-store.ts";
import { Smallest } from "./smallest.ts";

/** A client with more open orders than this has no set of its orders. */
const KEPT_MAX = 10_000;

/** Once this many clients have a set, a client's set is dropped with its last order. */
const CLIENTS_KEPT = 10_000;

/**
 * The open orders of each client. Their number is always kept, and it is all that a plain order costs. The
 * set of a client's orders is built when it is first requested, by a scan of all orders, and is maintained
 * from then on.
 */
export class ClientIndex {
  readonly #orders: OrderStore;
  /** Indexed by client number. The numbers are small and dense. */
  #counts = new Int32Array(64);
  /** The number of waiting stops among those orders. */
  #stopCounts = new Int32Array(64);
  /** The order slots of the clients that have a set. */
  readonly #slots = new Map<number, Set<number>>();

  constructor(orders: OrderStore) {
    this.#orders = orders;
  }

  add(slot: number, client: number): void {
    if (client >= this.#counts.length) this.#counts = grown(this.#counts, client);
    this.#counts[client] = (this.#counts[client] as number) + 1;
    if (this.#slots.size > 0) this.#slots.get(client)?.add(slot);
  }

  remove(slot: number, client: number): void {
    this.#counts[client] = (this.#counts[client] as number) - 1;
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

  /** The number of open orders of a client. */
  count(client: number): number {
    return this.#counts[client] ?? 0;
  }

  /** The number of open orders of a client on a side, or on both sides. */
  countOf(client: number, side: Side | undefined): number {
    if (side === undefined) return this.count(client);
    let count = 0;
    this.#eachOf(client, (slot) => {
      if (this.#orders.side(slot) === side) count++;
    });
    return count;
  }

  /**
   * The numbers of a client's oldest open orders above a number, oldest first. @param limit the most numbers
   * returned.
   */
  oldest(client: number, limit: number, above: number): Float64Array {
    const oldest = new Smallest(this.#countUpTo(client, limit));
    this.#eachOf(client, (slot) => {
      const orderNumber = this.#orders.orderNumber(slot);
      if (orderNumber > above) oldest.add(orderNumber);
    });
    return oldest.sorted();
  }

  /**
   * The numbers of a client's newest open orders below a number, newest first. @param limit the most numbers
   * returned.
   */
  newest(client: number, limit: number, below = Number.POSITIVE_INFINITY): Float64Array {
    const newest = new Smallest(this.#countUpTo(client, limit));
    this.#eachOf(client, (slot) => {
      const orderNumber = this.#orders.orderNumber(slot);
      if (orderNumber < below) newest.add(-orderNumber);
    });
    return newest.sorted().map((negative) => -negative);
  }

  #countUpTo(client: number, limit: number): number {
    return Math.max(1, Math.min(limit, this.count(client)));
  }

  #eachOf(client: number, visit: (slot: number) => void): void {
    const count = this.count(client);
    if (count === 0) return;
    let slots = this.#slots.get(client);
    // For a client with very many orders, a scan of all orders is cheaper than maintaining a set.
    if (slots === undefined && count > KEPT_MAX) {
      this.#orders.eachOf(client, visit);
      return;
    }
    if (slots === undefined) {
      const found = new Set<number>();
      this.#orders.eachOf(client, (slot) => void found.add(slot));
      this.#slots.set(client, found);
      slots = found;
    }
    for (const slot of slots) visit(slot);
  }
}

function grown(counts: Int32Array<ArrayBuffer>, client: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(client + 1, counts.length * 2));
  larger.set(counts);
  return larger;
}

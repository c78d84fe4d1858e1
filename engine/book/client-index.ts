import type { Side } from "../vocabulary/units.ts";
import type { OrderStore } from "./order-store.ts";
import { Smallest } from "./smallest.ts";

/** Of a client with more open orders it is not kept which they are. */
const KEPT_MAX = 10_000;

/** Where more clients than these were asked for, one goes with its last order. */
const CLIENTS_KEPT = 10_000;

/**
 * The open orders of each client. Always kept is only how many they are, which is all that a plain order
 * pays for. Which they are is found by looking at every order when that is first asked of a client, and kept
 * for that client from then on.
 */
export class ClientIndex {
  readonly #orders: OrderStore;
  /** By client number, which is small and dense. */
  #counts = new Int32Array(64);
  /** Of those orders the stops that wait. */
  #stopCounts = new Int32Array(64);
  /** The slots of those clients whose orders have been asked for. */
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

  /** One of a client's open orders, added before, is a stop that waits. */
  addStop(client: number): void {
    if (client >= this.#stopCounts.length) this.#stopCounts = grown(this.#stopCounts, client);
    this.#stopCounts[client] = (this.#stopCounts[client] as number) + 1;
  }

  removeStop(client: number): void {
    this.#stopCounts[client] = (this.#stopCounts[client] as number) - 1;
  }

  /** How many stops of a client wait. */
  stopCount(client: number): number {
    return this.#stopCounts[client] ?? 0;
  }

  /** How many open orders a client has. */
  count(client: number): number {
    return this.#counts[client] ?? 0;
  }

  /** How many open orders of a side a client has; of both where none is given. */
  countOf(client: number, side: Side | undefined): number {
    if (side === undefined) return this.count(client);
    let count = 0;
    this.#eachOf(client, (slot) => {
      if (this.#orders.side(slot) === side) count++;
    });
    return count;
  }

  /** The numbers of a client's oldest open orders above a number, oldest first. @param limit how many at most. */
  oldest(client: number, limit: number, above: number): Float64Array {
    const oldest = new Smallest(this.#countUpTo(client, limit));
    this.#eachOf(client, (slot) => {
      const orderNumber = this.#orders.orderNumber(slot);
      if (orderNumber > above) oldest.add(orderNumber);
    });
    return oldest.sorted();
  }

  /** The numbers of a client's newest open orders below a number, newest first. @param limit how many at most. */
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
    // Of a client with very many, looking at all orders is cheaper than keeping which are its own.
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

import { NONE } from "./integer-map.ts";
import type { OrderStore } from "./order-store.ts";

/**
 * The open orders of each client, linked through their records. Client numbers are small and dense, so the
 * heads of the lists are found by an index. The order within a list means nothing.
 */
export class ClientIndex {
  readonly #orders: OrderStore;
  #heads = new Int32Array(64).fill(NONE);
  #counts = new Int32Array(64);

  constructor(orders: OrderStore) {
    this.#orders = orders;
  }

  add(slot: number, client: number): void {
    if (client >= this.#heads.length) this.#grow(client);
    const head = this.#heads[client] as number;
    this.#orders.setClientPrevious(slot, NONE);
    this.#orders.setClientNext(slot, head);
    if (head !== NONE) this.#orders.setClientPrevious(head, slot);
    this.#heads[client] = slot;
    this.#counts[client] = (this.#counts[client] as number) + 1;
  }

  remove(slot: number, client: number): void {
    const previous = this.#orders.clientPrevious(slot);
    const next = this.#orders.clientNext(slot);
    if (previous === NONE) this.#heads[client] = next;
    else this.#orders.setClientNext(previous, next);
    if (next !== NONE) this.#orders.setClientPrevious(next, previous);
    this.#counts[client] = (this.#counts[client] as number) - 1;
  }

  /** How many open orders a client has. */
  count(client: number): number {
    return this.#counts[client] ?? 0;
  }

  /** The order numbers of a client's open orders, oldest first. */
  orderNumbers(client: number): number[] {
    const numbers: number[] = [];
    let slot = this.#heads[client] ?? NONE;
    for (; slot !== NONE; slot = this.#orders.clientNext(slot)) numbers.push(this.#orders.orderNumber(slot));
    return numbers.sort((a, b) => a - b);
  }

  #grow(client: number): void {
    const length = Math.max(client + 1, this.#heads.length * 2);
    const heads = new Int32Array(length).fill(NONE);
    const counts = new Int32Array(length);
    heads.set(this.#heads);
    counts.set(this.#counts);
    this.#heads = heads;
    this.#counts = counts;
  }
}

import type { OrderBook } from "./order-book.ts";
import { BUY, SELL } from "./units.ts";

/**
 * A fingerprint of everything that decides what a book does next: counters, last trade price, and
 * every resting order in priority order. Two books with equal hashes answer the same commands alike.
 *
 * @returns 16 hexadecimal digits; two 32-bit multiplicative hashes of the same numbers, for comparing
 *   states and not for security.
 */
export function stateHash(book: OrderBook): string {
  const hash = new NumberHash();
  hash.add(book.sequence);
  hash.add(book.tradeNumber);
  hash.add(book.timeMs);
  hash.add(book.lastTradePriceTicks ?? 0);
  for (const side of [BUY, SELL]) {
    hash.add(book.side(side).levelCount);
    for (const order of book.restingOrders(side)) {
      hash.add(order.orderNumber);
      hash.add(order.client);
      hash.add(order.priceTicks);
      hash.add(order.quantityLots);
      hash.add(order.remainingLots);
    }
  }
  return hash.digest();
}

/** Hashes a run of non-negative safe integers, order and count included. */
export class NumberHash {
  #first = 0x811c9dc5;
  #second = 0x1b873593;

  add(value: number): void {
    this.#mix(value >>> 0);
    this.#mix(Math.floor(value / 4294967296));
  }

  digest(): string {
    const hex = (lane: number) => (finish(lane) >>> 0).toString(16).padStart(8, "0");
    return hex(this.#first) + hex(this.#second);
  }

  #mix(word: number): void {
    this.#first = Math.imul(this.#first ^ word, 0x01000193);
    this.#first = (this.#first << 13) | (this.#first >>> 19);
    this.#second = Math.imul(this.#second + word, 0x85ebca6b);
    this.#second = ((this.#second << 17) | (this.#second >>> 15)) ^ word;
  }
}

function finish(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

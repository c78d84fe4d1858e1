import { SELF_TRADE_MODES } from "../vocabulary/terms.ts";
import { TRADING_STATUSES } from "../vocabulary/trading-status.ts";
import type { Unfinished } from "../vocabulary/unfinished.ts";
import type { OrderBook } from "./order-book.ts";
import { type OpenOrder, openOrders } from "./snapshot.ts";

/**
 * A fingerprint of everything that decides what a book does next: counters, last trade price, status, and
 * every open order with its terms, resting orders in priority order. Two books with equal hashes answer the
 * same commands alike.
 *
 * @returns 16 hexadecimal digits: two 32-bit multiplicative hashes of the same numbers, for comparing states
 * and not for security.
 */
export function stateHash(book: OrderBook): string {
  const hash = new NumberHash();
  const { counters } = book;
  hash.add(counters.sequence);
  hash.add(counters.tradeNumber);
  hash.add(counters.timeMs);
  hash.add(counters.lastTradePriceTicks ?? 0);
  hash.add(TRADING_STATUSES.indexOf(counters.status));
  hash.add(counters.statusUntilMs ?? 0);
  addUnfinished(hash, counters.unfinished);
  for (const points of [counters.window?.lows ?? [], counters.window?.highs ?? []]) {
    hash.add(points.length);
    for (const { timeMs, priceTicks } of points) {
      hash.add(timeMs);
      hash.add(priceTicks);
    }
  }
  for (const order of openOrders(book)) addOrder(hash, order);
  return hash.digest();
}

function addUnfinished(hash: NumberHash, unfinished: Unfinished | undefined): void {
  if (unfinished === undefined) return;
  const { expiringMs, massCancels = [], reachedBuyTicks, reachedSellTicks, uncross } = unfinished;
  hash.add(expiringMs ?? 0);
  hash.add(reachedBuyTicks ?? 0);
  hash.add(reachedSellTicks ?? 0);
  hash.add(massCancels.length);
  for (const { client, side, throughNumber } of massCancels) {
    hash.add(client);
    hash.add((side ?? -1) + 1);
    hash.add(throughNumber);
  }
  if (uncross === undefined) return;
  hash.add(uncross.priceTicks);
  hash.add(uncross.leftLots);
  hash.add(TRADING_STATUSES.indexOf(uncross.status));
  hash.add(uncross.untilMs ?? 0);
}

function addOrder(hash: NumberHash, order: OpenOrder): void {
  const { terms } = order;
  hash.add(order.orderNumber);
  hash.add(order.client);
  hash.add(order.side);
  hash.add(order.priceTicks ?? 0);
  hash.add(order.quantityLots);
  hash.add(order.remainingLots);
  hash.add(order.displayedLots);
  hash.add(SELF_TRADE_MODES.indexOf(order.selfTrade));
  hash.add(Number(order.isWaiting) + 2 * Number(order.isReached) + 4 * Number(terms?.postOnly ?? false));
  hash.add(order.anchorTicks ?? 0);
  hash.add(terms?.expiresAtMs ?? 0);
  hash.add(terms?.displayLots ?? 0);
  // A group number may be zero, unlike the other fields.
  hash.add((terms?.groupNumber ?? -1) + 1);
  hash.add(terms?.stopPriceTicks ?? 0);
  hash.add(terms?.trailTicks ?? 0);
  hash.add(terms?.trailBasisPoints ?? 0);
  hash.add(terms?.linkedTo ?? 0);
}

/** Hashes a sequence of non-negative safe integers, including its order and length. */
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

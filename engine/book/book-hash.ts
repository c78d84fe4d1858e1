import { BUY, SELL } from "../vocabulary/units.ts";
import type { OrderBook } from "./order-book.ts";
import { NumberHash } from "./state-hash.ts";

/**
 * A fingerprint of the resting orders alone, in priority order. It is equal for two books that have the same
 * orders under different client numbers and counters, such as a book and its rebuild from a copy.
 *
 * @returns 16 hexadecimal digits, for comparing states and not for security.
 */
export function bookHash(book: OrderBook): string {
  const hash = new NumberHash();
  for (const side of [BUY, SELL]) {
    hash.add(book.side(side).levelCount);
    for (const order of book.restingOrders(side)) {
      hash.add(order.orderNumber);
      hash.add(order.priceTicks);
      hash.add(order.quantityLots);
      hash.add(order.remainingLots);
    }
  }
  return hash.digest();
}

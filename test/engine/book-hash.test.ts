import { expect, test } from "vitest";
import { bookHash } from "../../engine/book/book-hash.ts";
import { OrderBook, type RestingOrder } from "../../engine/book/order-book.ts";
import { BUY, SELL } from "../../engine/vocabulary/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";

const ORDERS: readonly RestingOrder[] = [
  { orderNumber: 3, client: 1, side: BUY, priceTicks: 104, quantityLots: 9, remainingLots: 5 },
  { orderNumber: 5, client: 2, side: BUY, priceTicks: 104, quantityLots: 8, remainingLots: 8 },
  { orderNumber: 8, client: 3, side: SELL, priceTicks: 106, quantityLots: 4, remainingLots: 2 },
];

function bookOf(orders: readonly RestingOrder[]): OrderBook {
  const book = new OrderBook(SCRIPT_RULES);
  for (const { orderNumber, client, side, priceTicks, quantityLots, remainingLots } of orders)
    book.rest(orderNumber, client, side, priceTicks, quantityLots, remainingLots);
  return book;
}

const hashWith = (index: number, change: Partial<RestingOrder>) =>
  bookHash(bookOf(ORDERS.map((order, at) => (at === index ? { ...order, ...change } : order))));

test("the hash of a book's orders leaves out clients and counters", () => {
  const book = bookOf(ORDERS);
  const hash = bookHash(book);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  Object.assign(book, {
    sequence: 40,
    tradeNumber: 7,
    timeMs: 9,
    lastTradePriceTicks: 105,
    status: "halted",
  });
  expect(bookHash(book)).toBe(hash);
  expect(hashWith(1, { client: 9 })).toBe(hash);
});

test("the hash of a book's orders differs whenever a single field of one differs", () => {
  const hashes = [bookHash(bookOf(ORDERS)), bookHash(bookOf([])), bookHash(bookOf(ORDERS.toReversed()))];
  for (const index of ORDERS.keys()) {
    hashes.push(bookHash(bookOf(ORDERS.filter((_, at) => at !== index))));
    hashes.push(hashWith(index, { orderNumber: 12 }), hashWith(index, { quantityLots: 10 }));
    hashes.push(hashWith(index, { priceTicks: 105 }), hashWith(index, { remainingLots: 1 }));
    hashes.push(hashWith(index, { side: index < 2 ? SELL : BUY }));
  }
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("the hash of a book's orders never changes: Postgres has hashes of earlier versions", () => {
  expect(bookHash(bookOf(ORDERS))).toBe("2b79d75fbd9c9350");
});

import { expect, test } from "vitest";
import { NONE } from "../../engine/book/integer-map.ts";
import { OrderBook } from "../../engine/book/order-book.ts";
import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import { BUY, SELL } from "../../engine/vocabulary/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";

test("trailing stops follow trades, and extreme prices reach stops with a fixed price", () => {
  const book = new OrderBook(SCRIPT_RULES);
  const arm = (orderNumber: number, side: typeof BUY, terms: OrderTerms, isReached = false) =>
    book.arm(orderNumber, 1, side, undefined, 5, "none", terms, undefined, isReached);
  arm(1, BUY, { stopPriceTicks: 110 as never });
  arm(2, SELL, { trailTicks: 3 });
  arm(3, SELL, { stopPriceTicks: 90 as never });
  arm(4, SELL, { trailTicks: 2 }, true);
  arm(5, BUY, { stopPriceTicks: 107 as never });
  const { stops } = book;
  expect(stops.trailingNumbers()).toEqual([2, 4]);
  expect([stops.count, stops.trailingCount, stops.reachedTrailingCount]).toEqual([5, 1, 1]);
  expect([stops.totalLots(BUY), stops.totalLots(SELL)]).toEqual([10, 15]);
  const next = () => (stops.nextReached === NONE ? undefined : book.orders.orderNumber(stops.nextReached));
  expect(next()).toBe(4);
  stops.reach(109);
  stops.reach(105);
  expect([stops.reachedBuyTicks, stops.reachedSellTicks, stops.isReachedAt(BUY, 109)]).toEqual([
    109,
    undefined,
    true,
  ]);
  expect([stops.isReachedAt(BUY, 110), stops.isReachedAt(SELL, 120)]).toEqual([false, false]);
  book.remove(book.slotOf(4));
  expect(next()).toBe(5);
  stops.reach(80);
  expect(next()).toBe(3);
  for (const number of [3, 5, 1, 2]) book.remove(book.slotOf(number));
  expect([next(), stops.reachedBuyTicks, stops.reachedSellTicks]).toEqual([undefined, undefined, undefined]);
  expect([stops.totalLots(BUY), stops.totalLots(SELL)]).toEqual([0, 0]);
});

test("at one stop price the oldest order is first, in whatever order they were filed", () => {
  const book = new OrderBook(SCRIPT_RULES);
  for (const orderNumber of [5, 2, 9, 1, 7])
    book.arm(orderNumber, 1, BUY, undefined, 5, "none", { stopPriceTicks: 110 as never }, undefined, false);
  book.stops.reach(110);
  const order: number[] = [];
  while (book.stops.hasReached) {
    order.push(book.orders.orderNumber(book.stops.nextReached));
    book.remove(book.stops.nextReached);
  }
  expect(order).toEqual([1, 2, 5, 7, 9]);
});

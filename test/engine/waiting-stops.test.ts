import { expect, test } from "vitest";
import { OrderBook } from "../../engine/order-book.ts";
import type { OrderTerms } from "../../engine/terms.ts";
import { BUY, SELL } from "../../engine/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";

test("those that follow trades are the trailing stops and the ones that have been reached", () => {
  const book = new OrderBook(SCRIPT_RULES);
  const arm = (orderNumber: number, side: typeof BUY, terms: OrderTerms, isReached = false) =>
    book.arm(orderNumber, 1, side, undefined, 5, "none", terms, undefined, isReached);
  arm(1, BUY, { stopPriceTicks: 110 as never });
  arm(2, SELL, { trailTicks: 3 });
  arm(3, SELL, { stopPriceTicks: 90 as never }, true);
  const { stops } = book;
  expect(stops.followingNumbers().sort()).toEqual([2, 3]);
  expect([stops.count, stops.trailingCount, stops.reachedCount]).toEqual([3, 1, 1]);
  expect([stops.totalLots(BUY), stops.totalLots(SELL)]).toEqual([5, 10]);
  book.noteTrade(110, false);
  expect(stops.followingNumbers().sort()).toEqual([1, 2, 3]);
  expect(stops.reachedNumbers()).toEqual([1, 3]);
  for (const number of [3, 1, 2]) book.remove(book.slotOf(number));
  expect(stops.followingNumbers()).toEqual([]);
  expect([stops.totalLots(BUY), stops.totalLots(SELL)]).toEqual([0, 0]);
});

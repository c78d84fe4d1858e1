import { expect, test } from "vitest";
import { BookCopy } from "../../engine/book-copy.ts";
import { NONE } from "../../engine/integer-map.ts";
import { OrderBook } from "../../engine/order-book.ts";
import { BUY, type PriceTicks, SELL } from "../../engine/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";
import { Random } from "../support/random.ts";

/** Everything that is read of a book's queues. */
function reading({ side, orders }: { side: OrderBook["side"]; orders: OrderBook["orders"] }) {
  return [BUY, SELL].map((each) => {
    const levels = side(each);
    const read: unknown[] = [];
    for (let level = levels.best; level !== NONE; level = levels.worse(level)) {
      read.push([levels.priceTicks(level), levels.levelLots(level), levels.orderCount(level)]);
      for (let slot = levels.front(level); slot !== NONE; slot = orders.next(slot))
        read.push([orders.orderNumber(slot), orders.remainingLots(slot)]);
    }
    return read;
  });
}

const bound = (book: OrderBook | BookCopy) => ({ side: book.side.bind(book), orders: book.orders });

test.each([1, 2, 3])("a copy stays as the book was, whatever happens to the book, seed %i", (seed) => {
  const random = new Random(seed);
  const book = new OrderBook({ ...SCRIPT_RULES, maximumPriceTicks: 10_000 as PriceTicks });
  const open: number[] = [];
  const change = (orderNumber: number) => {
    if (open.length > 0 && random.chance(0.45)) {
      const [gone] = open.splice(random.below(open.length), 1);
      book.remove(book.slotOf(gone as number));
      return;
    }
    const side = random.chance(0.5) ? BUY : SELL;
    const lots = random.between(1, 1_000);
    const price = side === BUY ? random.between(1, 4_000) : random.between(5_000, 9_000);
    book.rest(orderNumber, random.below(5), side, price, lots, lots, "none", undefined, lots);
    open.push(orderNumber);
  };
  const copies: { copy: BookCopy; was: unknown }[] = [];
  for (let orderNumber = 1; orderNumber <= 5_000; orderNumber++) {
    change(orderNumber);
    if (orderNumber % 500 === 0) copies.push({ copy: new BookCopy(book), was: reading(bound(book)) });
  }
  for (const { copy, was } of copies) expect(reading(bound(copy))).toEqual(was);
  expect(reading(bound(copies[0]?.copy as BookCopy))).not.toEqual(reading(bound(book)));
});

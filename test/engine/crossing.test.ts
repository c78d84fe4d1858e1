import { expect, test } from "vitest";
import { OrderBook } from "../../engine/book/order-book.ts";
import { indicativeUncross } from "../../engine/uncross.ts";
import { BUY, type PriceTicks, SELL } from "../../engine/vocabulary/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";
import { Random } from "../support/random.ts";

function randomBook(random: Random, orders: number, priceMax: number): OrderBook {
  const book = new OrderBook({ ...SCRIPT_RULES, maximumPriceTicks: priceMax as PriceTicks });
  for (let orderNumber = 1; orderNumber <= orders; orderNumber++) {
    const side = random.pick([BUY, SELL]);
    book.rest(orderNumber, 1, side, 1 + random.below(priceMax), 9, 1 + random.below(9));
  }
  return book;
}

test.each([1, 2, 3, 4])("the price of an auction is found in ranges as it is one by one, seed %i", (seed) => {
  const random = new Random(seed);
  for (let round = 0; round < 100; round++) {
    const priceMax = random.pick([5, 100, 10_000, 2 ** 40]);
    const book = randomBook(random, 1 + random.below(300), priceMax);
    const oneByOne = indicativeUncross(book, Number.POSITIVE_INFINITY);
    for (const rangeCount of [2, 3, 10, 64])
      expect(indicativeUncross(book, rangeCount), `seed ${seed}, ${rangeCount}`).toEqual(oneByOne);
  }
});

test("the price of an auction of very many levels is found without going through them one by one", () => {
  const LEVELS = 100_000;
  const book = new OrderBook({ ...SCRIPT_RULES, maximumPriceTicks: 1_000_000 as PriceTicks });
  for (let level = 1; level <= LEVELS; level++) {
    book.rest(2 * level, 1, BUY, 500_000 + level, 1, 1);
    book.rest(2 * level + 1, 1, SELL, 500_000 - level, 1, 1);
  }
  let steps = 0;
  for (const side of [BUY, SELL]) {
    const levels = book.side(side);
    const worse = levels.worse.bind(levels);
    levels.worse = (level) => {
      steps++;
      return worse(level);
    };
  }
  expect(indicativeUncross(book)).toEqual({ priceTicks: 499_999, volumeLots: LEVELS, imbalanceLots: 0 });
  expect(steps).toBeLessThan(2 * 4_096 + 10);
});

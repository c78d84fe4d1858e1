import { expect, test } from "vitest";
import {
  copyLevels,
  copyQueues,
  type Levels,
  levelsMemory,
  type Queues,
  queuesMemory,
} from "../../engine/book/book-copy.ts";
import { CopyMemory } from "../../engine/book/copy-memory.ts";
import { NONE } from "../../engine/book/integer-map.ts";
import { OrderBook } from "../../engine/book/order-book.ts";
import { BUY, type PriceTicks, SELL } from "../../engine/vocabulary/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";
import { Random } from "../support/random.ts";

/** Everything that readers use of a book's levels. */
function levelsOf(book: Levels) {
  return [BUY, SELL].map((side) => {
    const levels = book.side(side);
    const read: unknown[] = [];
    for (let level = levels.best; level !== NONE; level = levels.worse(level))
      read.push([levels.priceTicks(level), levels.levelLots(level), levels.orderCount(level)]);
    return read;
  });
}

/** Everything that readers use of a book's queues. */
function queuesOf(book: Queues) {
  return [BUY, SELL].map((side) => {
    const levels = book.side(side);
    const read: unknown[] = [];
    for (let level = levels.best; level !== NONE; level = levels.worse(level))
      for (let slot = levels.front(level); slot !== NONE; slot = book.orders.next(slot))
        read.push([book.orders.orderNumber(slot), book.orders.shownLots(slot)]);
    return read;
  });
}

/** Memory for copies that is enough, too little, and none. */
function memories(book: OrderBook): (readonly [levels: CopyMemory, queues: CopyMemory])[] {
  const none = new CopyMemory(0);
  return [
    [levelsMemory(book), queuesMemory(book)],
    [new CopyMemory(1_001), new CopyMemory(book.orders.byteLength + 1_001)],
    [none, none],
  ];
}

test("memory is touched a part at a time", () => {
  const memory = new CopyMemory(10_000);
  memory.touch(6_000);
  expect(memory.isTouched).toBe(false);
  memory.touch(6_000);
  expect(memory.isTouched).toBe(true);
  expect(new CopyMemory(0).isTouched).toBe(true);
});

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
  const copies: { levels: Levels; queues: Queues; were: unknown }[] = [];
  for (let orderNumber = 1; orderNumber <= 5_000; orderNumber++) {
    change(orderNumber);
    if (orderNumber % 500 !== 0) continue;
    const were = [levelsOf(book), queuesOf(book)];
    for (const [levels, queues] of memories(book))
      copies.push({ levels: copyLevels(book, levels), queues: copyQueues(book, queues), were });
  }
  for (const { levels, queues, were } of copies) expect([levelsOf(levels), queuesOf(queues)]).toEqual(were);
  expect(copies[0]?.were).not.toEqual(copies[3]?.were);
});

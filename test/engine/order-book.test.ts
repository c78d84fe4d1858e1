import { describe, expect, test } from "vitest";
import { OrderBook, type RestingOrder } from "../../engine/book/order-book.ts";
import {
  BUY,
  basisPointsOf,
  notional,
  opposite,
  SELL,
  UNIT_MAX,
  wholeQuotient,
} from "../../engine/vocabulary/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";
import { Random } from "../support/random.ts";

describe("OrderBook", () => {
  test("shows levels from the best, as many as requested", () => {
    const book = new OrderBook(SCRIPT_RULES);
    for (const [orderNumber, price] of [10, 30, 20, 30].entries())
      book.rest(orderNumber + 1, 1, BUY, price, 5, 2);
    const all = [
      { priceTicks: 30, totalLots: 4, orderCount: 2 },
      { priceTicks: 20, totalLots: 2, orderCount: 1 },
      { priceTicks: 10, totalLots: 2, orderCount: 1 },
    ];
    expect([...book.levels(BUY)]).toEqual(all);
    expect([...book.levels(BUY, 2)]).toEqual(all.slice(0, 2));
    expect([...book.levels(BUY, 0), ...book.levels(SELL)]).toEqual([]);
    expect([book.levelAt(BUY, 30), book.levelAt(BUY, 29), book.levelAt(SELL, 30)]).toEqual([
      all[0],
      undefined,
      undefined,
    ]);
  });

  test("holds many more orders and levels than its initial capacity, and removes all of them", () => {
    const seed = 1;
    const random = new Random(seed);
    const book = new OrderBook({ ...SCRIPT_RULES, maximumPriceTicks: UNIT_MAX as never });
    const placed: RestingOrder[] = [];
    for (let orderNumber = 1; orderNumber <= 20_000; orderNumber++) {
      const priceTicks = random.chance(0.5) ? random.between(1, UNIT_MAX) : random.between(1, 2_000);
      const lots = random.between(1, 1_000);
      placed.push({
        orderNumber,
        client: 1,
        side: SELL,
        priceTicks,
        quantityLots: lots,
        remainingLots: lots,
      });
      book.rest(orderNumber, 1, SELL, priceTicks, lots, lots);
    }
    const inPriority = placed.toSorted(
      (a, b) => a.priceTicks - b.priceTicks || a.orderNumber - b.orderNumber,
    );
    expect([...book.restingOrders(SELL)]).toEqual(inPriority);
    expect(book.side(SELL).totalLots).toBe(placed.reduce((sum, order) => sum + order.quantityLots, 0));

    while (placed.length > 0) {
      const at = random.below(placed.length);
      const leaving = placed[at] as RestingOrder;
      placed[at] = placed.at(-1) as RestingOrder;
      placed.pop();
      book.remove(book.slotOf(leaving.orderNumber));
    }
    expect([book.restingCount, book.side(SELL).levelCount, book.side(SELL).totalLots]).toEqual([0, 0, 0]);
    expect(book.orders.count).toBe(0);
    expect([...book.restingOrders(SELL)]).toEqual([]);
  });
});

describe("units", () => {
  test("a notional is exact beyond the range of a double", () => {
    expect(notional(UNIT_MAX as never, UNIT_MAX as never)).toBe(81129638414606663681390495662081n);
    expect(notional(3 as never, 5 as never)).toBe(15n);
  });

  test("shares and quotients are exact up to the largest amount", () => {
    const random = new Random(1);
    for (let step = 0; step < 2_000; step++) {
      const [amount, divisor] = [random.magnitude(UNIT_MAX), random.magnitude(UNIT_MAX)];
      const share = random.pick([0, 1, 50, 9_999, 10_000]);
      expect(basisPointsOf(amount, share)).toBe(Number((BigInt(amount) * BigInt(share)) / 10_000n));
      expect(wholeQuotient(amount, divisor)).toBe(Number(BigInt(amount) / BigInt(divisor)));
    }
  });

  test("sides are opposite to each other", () => {
    expect([opposite(BUY), opposite(SELL)]).toEqual([SELL, BUY]);
  });
});

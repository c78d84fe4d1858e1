import { expect, test } from "vitest";
import { ClientIndex } from "../../engine/book/client-index.ts";
import { NONE } from "../../engine/book/integer-map.ts";
import { MassCancels } from "../../engine/book/mass-cancels.ts";
import { OrderStore } from "../../engine/book/order-store.ts";
import { BUY, type ClientNumber, type OrderNumber, SELL, type Side } from "../../engine/vocabulary/units.ts";
import { Random } from "../support/random.ts";

test.each([1, 2, 3])(
  "has each client's orders, whether they are requested early or late, seed %i",
  (seed) => {
    const random = new Random(seed);
    const store = new OrderStore(1);
    const index = new ClientIndex(store);
    const open = new Map<number, { slot: number; client: number; side: Side }>();
    const expected = (client: number) =>
      [...open].filter(([, order]) => order.client === client).map(([orderNumber]) => orderNumber);
    for (let orderNumber = 1; orderNumber <= 3_000; orderNumber++) {
      const client = random.below(100);
      const side = random.pick([BUY, SELL]);
      const slot = store.add(orderNumber, client, side, 1, 1, NONE);
      index.add(slot, client);
      open.set(orderNumber, { slot, client, side });
      if (random.chance(0.5)) {
        const ended = random.pick([...open.keys()]);
        const order = open.get(ended);
        if (order === undefined) throw new Error("an open order is missing");
        index.remove(order.slot, order.client);
        store.free(order.slot);
        open.delete(ended);
      }
      // The later clients are requested for the first time after many orders have come and gone.
      const asked = random.below(Math.ceil(orderNumber / 30));
      if (orderNumber % 10 === 0) {
        const [limit, bound] = [1 + random.below(40), random.below(orderNumber + 2)];
        const numbers = expected(asked);
        const above = numbers.filter((number) => number > bound).slice(0, limit);
        expect([...index.oldest(asked, limit, bound)], `seed ${seed}`).toEqual(above);
        const below = numbers.filter((number) => number < bound).reverse();
        expect([...index.newest(asked, limit, bound)], `seed ${seed}`).toEqual(below.slice(0, limit));
        expect([...index.newest(asked, limit)], `seed ${seed}`).toEqual(numbers.reverse().slice(0, limit));
      }
      expect(index.count(client)).toBe(expected(client).length);
      const ofSide = [...open.values()].filter((order) => order.client === client && order.side === side);
      expect(index.count(client, side), `seed ${seed}, one side`).toBe(ofSide.length);
    }
    expect([...index.newest(1_000_000, 10)]).toEqual([]);
    expect(index.count(1_000_000)).toBe(0);
    for (const client of [63, 64, 65, 5_000]) {
      const one = new ClientIndex(store);
      const slot = store.add(3_001, client, 0, 1, 1, NONE);
      one.add(slot, client);
      expect(one.count(client)).toBe(1);
      one.remove(slot, client);
      expect(one.count(client)).toBe(0);
    }
  },
);

test("finds a very large number of orders a page at a time, and cancels each of them once", () => {
  const COUNT = 21_000;
  const store = new OrderStore(1);
  const index = new ClientIndex(store);
  for (let orderNumber = 1; orderNumber <= COUNT; orderNumber++) {
    const client = orderNumber % 2;
    index.add(store.add(orderNumber * 3, client, 0, 1, 1, NONE), client);
    // When the client has few orders, and again when it has many.
    if (orderNumber % 3_000 === 1) expect([...index.newest(1, 1)]).toEqual([orderNumber * 3]);
  }
  for (let orderNumber = 1; orderNumber <= COUNT; orderNumber += 2)
    index.add(store.add((COUNT + orderNumber) * 3, 1, 0, 1, 1, NONE), 1);
  expect([...index.newest(1, 2)]).toEqual([3 * (2 * COUNT - 1), 3 * (2 * COUNT - 3)]);
  expect([...index.newest(1, 2, 10)]).toEqual([9, 3]);
  expect([...index.oldest(1, 2, 10)]).toEqual([15, 21]);
  expect(index.count(1, BUY)).toBe(COUNT);
  expect(index.count(1, SELL)).toBe(0);

  const massCancels = new MassCancels(index);
  const throughNumber = (3 * (2 * COUNT - 3)) as OrderNumber;
  massCancels.add({ client: 1 as ClientNumber, throughNumber });
  const found: number[] = [];
  for (let next = massCancels.next(); next !== undefined; next = massCancels.next()) found.push(next);
  // The newest orders came later.
  expect(found).toEqual([...index.oldest(1, COUNT, 0)].slice(0, -1));
  massCancels.shift();
  massCancels.add({ client: 1 as ClientNumber, throughNumber });
  expect(massCancels.next(), "the first one again").toBe(3);
});

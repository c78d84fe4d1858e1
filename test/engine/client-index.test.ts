import { expect, test } from "vitest";
import { ClientIndex } from "../../engine/book/client-index.ts";
import { NONE } from "../../engine/book/integer-map.ts";
import { OrderStore } from "../../engine/book/order-store.ts";
import { Random } from "../support/random.ts";

test.each([1, 2, 3])("knows each client's orders, whether asked early or late, seed %i", (seed) => {
  const random = new Random(seed);
  const store = new OrderStore(1);
  const index = new ClientIndex(store);
  const open = new Map<number, { slot: number; client: number }>();
  const expected = (client: number) =>
    [...open].filter(([, order]) => order.client === client).map(([orderNumber]) => orderNumber);
  for (let orderNumber = 1; orderNumber <= 3_000; orderNumber++) {
    const client = random.below(100);
    const slot = store.add(orderNumber, client, 0, 1, 1, NONE);
    index.add(slot, client);
    open.set(orderNumber, { slot, client });
    if (random.chance(0.5)) {
      const ended = random.pick([...open.keys()]);
      const order = open.get(ended);
      if (order === undefined) throw new Error("an open order is missing");
      index.remove(order.slot, order.client);
      store.free(order.slot);
      open.delete(ended);
    }
    // The later clients are asked for the first time when many orders have come and gone.
    const asked = random.below(Math.ceil(orderNumber / 30));
    if (orderNumber % 10 === 0)
      expect([...index.orderNumbers(asked)], `seed ${seed}`).toEqual(expected(asked));
    expect(index.count(client)).toBe(expected(client).length);
  }
  expect([...index.orderNumbers(1_000_000)]).toEqual([]);
  expect(index.count(1_000_000)).toBe(0);
  for (const client of [63, 64, 65, 5_000]) {
    const one = new ClientIndex(store);
    const slot = store.add(3_001, client, 0, 1, 1, NONE);
    one.add(slot, client);
    expect(one.count(client)).toBe(1);
    one.remove(slot, client);
    expect(one.count(client)).toBe(0);
  }
});

import { expect, test } from "vitest";
import { ExtrasStore, type OrderExtras } from "../../engine/book/order-extras.ts";

const extras = (hiddenLots: number): OrderExtras => ({
  terms: {},
  hiddenLots,
  priceTicks: undefined,
  anchorTicks: undefined,
  isReached: false,
});

test("extras keep their place until it is freed, and a freed place is reused", () => {
  const store = new ExtrasStore();
  const places = [1, 2, 3].map((hidden) => store.add(extras(hidden)));
  expect(new Set(places).size).toBe(3);
  for (const [at, place] of places.entries()) expect(store.at(place).hiddenLots).toBe(at + 1);
  const [first = -1, second = -1] = places;
  store.free(second);
  store.free(first);
  expect(() => store.at(first)).toThrow(`no terms at ${first}`);
  expect(() => store.at(99)).toThrow("no terms at 99");
  expect([store.add(extras(4)), store.add(extras(5))]).toEqual([first, second]);
  expect([store.at(first).hiddenLots, store.at(second).hiddenLots]).toEqual([4, 5]);
});

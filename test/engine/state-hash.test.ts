import { describe, expect, test } from "vitest";
import { OrderBook, type RestingOrder } from "../../engine/book/order-book.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import { BUY, SELL } from "../../engine/vocabulary/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";

interface State {
  sequence: number;
  tradeNumber: number;
  timeMs: number;
  lastTradePriceTicks: number | undefined;
  orders: RestingOrder[];
}

const STATE: State = {
  sequence: 40,
  tradeNumber: 7,
  timeMs: 1_000,
  lastTradePriceTicks: 105,
  orders: [
    { orderNumber: 3, client: 1, side: BUY, priceTicks: 104, quantityLots: 9, remainingLots: 5 },
    { orderNumber: 5, client: 2, side: BUY, priceTicks: 104, quantityLots: 8, remainingLots: 8 },
    { orderNumber: 8, client: 3, side: SELL, priceTicks: 106, quantityLots: 4, remainingLots: 2 },
    { orderNumber: 9, client: 1, side: SELL, priceTicks: 107, quantityLots: 4, remainingLots: 4 },
  ],
};

const LARGE = Number.MAX_SAFE_INTEGER - 1;

function hashOf(state: State): string {
  const book = new OrderBook({ ...SCRIPT_RULES, maximumPriceTicks: LARGE as never });
  for (const order of state.orders) {
    const { orderNumber, client, side, priceTicks, quantityLots, remainingLots } = order;
    book.rest(orderNumber, client, side, priceTicks, quantityLots, remainingLots);
  }
  book.sequence = state.sequence;
  book.tradeNumber = state.tradeNumber;
  book.timeMs = state.timeMs;
  book.lastTradePriceTicks = state.lastTradePriceTicks;
  return stateHash(book);
}

/** The state with the order at `index` changed. */
function withOrder(index: number, change: Partial<RestingOrder>): State {
  const orders = STATE.orders.map((order, at) => (at === index ? { ...order, ...change } : order));
  return { ...STATE, orders };
}

describe("stateHash", () => {
  test("is 16 hexadecimal digits, and the same for the same state", () => {
    expect(hashOf(STATE)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(structuredClone(STATE))).toBe(hashOf(STATE));
  });

  test("never changes, also without a volatility rule: Postgres has hashes of earlier versions", () => {
    expect(hashOf(STATE)).toBe("bae62224f8e405dd");
    expect(hashOf({ ...STATE, sequence: 2 ** 40 + 5 })).toBe("a5fcd5d85cfc5f74");
  });

  test("does not depend on the history of the state", () => {
    const book = new OrderBook(SCRIPT_RULES);
    for (let round = 1; round <= 5; round++) {
      for (let order = 1; order <= 10; order++) book.rest(order, 1, BUY, order, 1, 1);
      for (let order = 1; order <= 10; order++) book.remove(book.slotOf((order % 10) + 1));
    }
    expect(stateHash(book)).toBe(stateHash(new OrderBook(SCRIPT_RULES)));
  });

  test("differs whenever a single field does", () => {
    const changed: Record<string, State> = {
      sequence: { ...STATE, sequence: 41 },
      "sequence above 32 bits": { ...STATE, sequence: 40 + 2 ** 32 },
      "trade number": { ...STATE, tradeNumber: 8 },
      time: { ...STATE, timeMs: 1_001 },
      "last trade price": { ...STATE, lastTradePriceTicks: 106 },
      "no last trade price": { ...STATE, lastTradePriceTicks: undefined },
      "no order": { ...STATE, orders: [] },
      "one order less": { ...STATE, orders: STATE.orders.slice(0, 3) },
      "time priority": { ...STATE, orders: [1, 0, 2, 3].map((at) => STATE.orders[at] as RestingOrder) },
    };
    for (const index of STATE.orders.keys()) {
      changed[`number of order ${index}`] = withOrder(index, { orderNumber: 12 });
      changed[`large number of order ${index}`] = withOrder(index, { orderNumber: LARGE });
      changed[`client of order ${index}`] = withOrder(index, { client: 4 });
      changed[`side of order ${index}`] = withOrder(index, { side: index < 2 ? SELL : BUY });
      changed[`price of order ${index}`] = withOrder(index, { priceTicks: 110 });
      changed[`large price of order ${index}`] = withOrder(index, { priceTicks: LARGE });
      changed[`quantity of order ${index}`] = withOrder(index, { quantityLots: 10 });
      changed[`remaining of order ${index}`] = withOrder(index, { remainingLots: 1 });
    }
    const seen = new Map([[hashOf(STATE), "nothing"]]);
    for (const [name, state] of Object.entries(changed)) {
      const hash = hashOf(state);
      expect(seen.get(hash), `a change of ${name} looks like a change of`).toBeUndefined();
      seen.set(hash, name);
    }
  });
});

import { describe, expect, test } from "vitest";
import { NONE } from "../../engine/book/integer-map.ts";
import { OrderStore, orderFlags } from "../../engine/book/order-store.ts";
import { SELF_TRADE_MODES, type SelfTradeMode } from "../../engine/vocabulary/terms.ts";
import type { Side } from "../../engine/vocabulary/units.ts";
import { Random } from "../support/random.ts";

/** The expected content of a slot. */
interface Model {
  readonly orderNumber: number;
  readonly client: number;
  readonly side: Side;
  readonly quantityLots: number;
  shownLots: number;
  readonly selfTrade: SelfTradeMode;
  readonly isWaiting: boolean;
  readonly terms: number;
  links: [level: number, previous: number, next: number];
}

function expectSlot(store: OrderStore, slot: number, model: Model, where: string): void {
  const held = {
    orderNumber: store.orderNumber(slot),
    client: store.client(slot),
    side: store.side(slot),
    quantityLots: store.quantityLots(slot),
    shownLots: store.shownLots(slot),
    selfTrade: store.selfTrade(slot),
    isWaiting: store.isWaiting(slot),
    terms: store.extrasPlace(slot),
    links: [store.level(slot), store.previous(slot), store.next(slot)],
  };
  expect(held, where).toEqual(model);
}

function slotsOf(store: OrderStore, client: number): number[] {
  const slots: number[] = [];
  store.eachOf(client, (slot) => void slots.push(slot));
  return slots;
}

describe("OrderStore", () => {
  test("uses freed slots again, the last freed first", () => {
    const store = new OrderStore(2);
    const slots = [1, 2, 3].map((orderNumber) => store.add(orderNumber, 1, 0, 5, 5, NONE));
    expect(new Set(slots).size).toBe(3);
    store.free(slots[0] as number);
    store.free(slots[2] as number);
    expect(store.count).toBe(1);
    expect([store.add(4, 1, 0, 5, 5, NONE), store.add(5, 1, 0, 5, 5, NONE)]).toEqual([slots[2], slots[0]]);
    expect(store.count).toBe(3);
  });

  test("has no order of any client before there is one", () => {
    const store = new OrderStore(2);
    expect(slotsOf(store, 0)).toEqual([]);
    store.free(store.add(1, 0, 0, 5, 5, NONE));
    expect(slotsOf(store, 0)).toEqual([]);
  });

  test("keeps every field of every order through growth, freeing and reuse", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = new Random(seed);
      const store = new OrderStore(1);
      const models = new Map<number, Model>();
      for (let step = 1; step <= 2_000; step++) {
        if (models.size === 0 || random.chance(step % 1_000 < 600 ? 0.8 : 0.2)) {
          const amount = () => random.between(1, Number.MAX_SAFE_INTEGER);
          const index = () => random.between(-1, 2 ** 31 - 1);
          const model: Model = {
            orderNumber: amount(),
            client: random.below(2 ** 31),
            side: random.pick([0, 1]),
            quantityLots: amount(),
            shownLots: amount(),
            selfTrade: random.pick(SELF_TRADE_MODES),
            isWaiting: random.chance(0.5),
            terms: index(),
            links: [index(), index(), index()],
          };
          const { orderNumber, client, quantityLots, links } = model;
          const flags = orderFlags(model.side, model.selfTrade, model.isWaiting);
          const slot = store.add(orderNumber, client, flags, quantityLots, 1, model.terms);
          if (models.has(slot)) expect.fail(`seed ${seed}, step ${step}: slot ${slot} is in use`);
          store.setShownLots(slot, model.shownLots);
          store.setLevel(slot, links[0]);
          store.setPrevious(slot, links[1]);
          store.setNext(slot, links[2]);
          models.set(slot, model);
        } else {
          const slot = random.pick([...models.keys()]);
          expectSlot(store, slot, models.get(slot) as Model, `seed ${seed}, step ${step}`);
          store.free(slot);
          models.delete(slot);
        }
        if (store.count !== models.size) expect.fail(`seed ${seed}, step ${step}: count ${store.count}`);
      }
      for (const [slot, model] of models) {
        expectSlot(store, slot, model, `seed ${seed}, at the end`);
        expect(slotsOf(store, model.client), `seed ${seed}: the orders of its client`).toContain(slot);
      }
      const held = new Set([...models.values()].map(({ client }) => client));
      const found = [...held].flatMap((client) => slotsOf(store, client));
      expect(found.sort(), `seed ${seed}: freed slots are nobody's`).toEqual([...models.keys()].sort());
    }
  });
});

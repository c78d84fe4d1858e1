import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Journal } from "../../durable-objects/journal/journal.ts";
import { Pruner } from "../../durable-objects/journal/pruning.ts";
import {
  acceptedRecord,
  type OrderRecord,
  updateRecord,
} from "../../durable-objects/records/order-record.ts";
import { ordersNamed } from "../../engine/vocabulary/event.ts";
import { readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { Random } from "../support/random.ts";
import { get } from "../worker/client.ts";
import { subscribe } from "./feed/subscriber.ts";
import { object, verified } from "./flow.ts";
import { TermsFlow } from "./terms-flow.ts";

const INSTRUMENT = "RULES-USD";
/** The results over all seeds, in the words of TermsFlow. */
const seen = new Map<string, number>();
// In the future: the host triggers alarms by its own clock, and overdue ones at once.
const START_MS = Date.UTC(2031, 10, 24, 23, 59, 30);

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

function prune(retained: number, shippedSequence: number): Promise<void> {
  return runInDurableObject(object(INSTRUMENT), async (_, { storage }) => {
    const spec = readInstrumentSpecs(env.INSTRUMENTS).find(({ instrument }) => instrument === INSTRUMENT);
    if (spec === undefined) throw new Error("no instrument");
    await new Pruner(storage, spec, new Journal(storage.sql), retained, () => {}).run(shippedSequence);
  });
}

/** Compares every stored order with the fold of the events that name it. */
function expectRecords(label: string): Promise<void> {
  return runInDurableObject(object(INSTRUMENT), (_, { storage }) => {
    const journal = new Journal(storage.sql);
    const folded = new Map<number, OrderRecord>();
    for (const event of journal.eventsAfter(0)) {
      if (event.kind === "accepted") {
        const { clientId, idempotencyKey, clientOrderId, selfTradeGroup } =
          journal.orders.read(event.orderNumber) ??
          expect.fail(`${label}: order ${event.orderNumber} is not stored`);
        const owner = { clientId, idempotencyKey, clientOrderId, selfTradeGroup };
        folded.set(event.orderNumber, acceptedRecord(event, owner));
        continue;
      }
      for (const orderNumber of ordersNamed(event))
        updateRecord(
          folded.get(orderNumber) ?? expect.fail(`${label}: order ${orderNumber} never entered`),
          event,
        );
    }
    for (const [orderNumber, record] of folded)
      expect(journal.orders.read(orderNumber), `${label}, order ${orderNumber}`).toEqual(record);
  });
}

describe.each([701, 702, 703, 704])("orders of every kind, seed %i", (seed) => {
  test("are restored, folded, stored and streamed as they are, through evictions and the passing of time", async () => {
    const random = new Random(seed);
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    const flow = new TermsFlow(random, INSTRUMENT, START_MS);
    const subscriber = await subscribe(`?instrument=${INSTRUMENT}`);
    for (let step = 0; step < 60; step++) {
      const label = `seed ${seed}, step ${step}`;
      await flow.step();
      flow.nowMs += random.pick([0, 1, 50, 400, 3_000]);
      vi.setSystemTime(flow.nowMs);
      if (random.chance(0.3)) await runDurableObjectAlarm(object(INSTRUMENT));
      const before = await verified(label, INSTRUMENT);
      if (random.chance(0.4)) {
        await evictDurableObject(object(INSTRUMENT));
        expect(await verified(`${label}, restarted`, INSTRUMENT)).toEqual(before);
      }
      await subscriber.until(({ seq }) => seq >= before.sequence);
      const { bids, asks } = JSON.parse(
        (await get(`/public/orderbook?instrument=${INSTRUMENT}&levels=1000`)).text,
      );
      expect(subscriber.book(), label).toEqual({ bids, asks });
      const stops = subscriber.updates.flatMap(({ orders }) =>
        orders.filter(({ status }) => status === "waiting"),
      );
      expect(stops, `${label}: nobody sees a stop wait`).toEqual([]);
      await expectRecords(label);
    }
    for (const [what, count] of flow.seen) seen.set(what, (seen.get(what) ?? 0) + count);
  });
});

test.each([
  "limit open",
  "limit filled",
  "limit partially_filled",
  "market filled",
  "stop waiting",
  "stop filled",
  "stop_limit waiting",
  "trailing_stop waiting",
  "limit cancelled by_owner",
  "limit cancelled self_trade",
  "limit cancelled ioc",
  "market cancelled no_liquidity",
  "trading_halted",
  "cancel_only",
  "not_in_auction",
  "stop_limit cancelled ioc",
  "stop_limit cancelled would_not_fill",
  "would_take",
  "would_not_fill",
  "order_closed",
  "client_order_id_reused",
  "price_outside_collar",
  "notional_below_minimum",
  "notional_above_maximum",
  "terms_invalid",
])("over all seeds it has happened: %s", (what) => {
  expect(seen.get(what)).toBeGreaterThan(0);
});

describe.each([711, 712])("orders of every kind with a pruned journal, seed %i", (seed) => {
  test("restore and fold from the base as from the beginning", async () => {
    const random = new Random(seed);
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    const flow = new TermsFlow(random, INSTRUMENT, START_MS);
    for (let step = 0; step < 60; step++) {
      const label = `seed ${seed}, step ${step}`;
      await flow.step();
      flow.nowMs += random.pick([0, 1, 50, 400, 3_000]);
      vi.setSystemTime(flow.nowMs);
      const before = await verified(label, INSTRUMENT);
      await prune(random.pick([0, 20, 500]), random.between(0, before.sequence));
      if (random.chance(0.5)) await evictDurableObject(object(INSTRUMENT));
      expect(await verified(`${label}, pruned`, INSTRUMENT)).toEqual(before);
    }
  });
});

import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeLine } from "../../durable-objects/calls/call.ts";
import { bodyOf, line, object, selectOne, statusOf, submitTogether, verified } from "./flow.ts";

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

const OPEN = "SELECT count(*) AS count FROM orders WHERE open_priority IS NOT NULL";
const EVENTS_A_ROW_MAX = "SELECT max(last_sequence - first_sequence + 1) AS count FROM events";
const CANCEL_ALL = writeLine({ kind: "cancel_all", clientId: "client-A", side: null });

async function placeMany(count: number, one: (index: number) => string = () => line()): Promise<void> {
  for (let from = 0; from < count; from += 1_000) {
    const answers = await submitTogether(
      Array.from({ length: Math.min(1_000, count - from) }, (_, index) => one(from + index)),
    );
    expect(answers.filter((answer) => statusOf(answer) !== 201)).toEqual([]);
  }
}

async function untilOpen(count: number): Promise<void> {
  await vi.waitFor(async () => expect(await selectOne(OPEN)).toEqual({ count }), { timeout: 30_000 });
}

/** An order that ends at a time. */
function timed(expiresAtMs: number): string {
  return writeLine({
    kind: "place",
    clientId: "client-A",
    idempotencyKey: null,
    clientOrderId: null,
    side: "buy",
    type: "limit",
    price: "100",
    quantity: "1",
    terms: { timeInForce: "gtd", expiresAtMs },
  });
}

test("a cancel of more orders than one flush can end is answered for all, and continues after a crash", async () => {
  await placeMany(3_500);
  const crash = runInDurableObject(object(), async (instrument, state) => {
    const answer = bodyOf(await instrument.submit(CANCEL_ALL));
    expect([answer.cancelled_count, answer.orders.length]).toEqual([3_500, 125]);
    expect(state.storage.sql.exec(OPEN).one()).toEqual({ count: 3_375 });
    await state.storage.sync();
    state.abort("crash between two flushes");
  });
  await expect(crash).rejects.toThrow("crash");
  await untilOpen(0);
  await verified("after the crash");
  expect((await selectOne(EVENTS_A_ROW_MAX)).count).toBeLessThanOrEqual(1_000);
});

test("orders to be cancelled no longer trade, while others do", async () => {
  await placeMany(2_500);
  const [cancelled, sold, bought] = await submitTogether([
    CANCEL_ALL,
    line({ side: "sell", price: "100", client: "client-B" }),
    line({ side: "buy", price: "100", client: "client-C" }),
  ]);
  expect(bodyOf(cancelled as string).cancelled_count).toBe(2_500);
  // It meets five hundred ended orders, and is cancelled for that.
  expect(bodyOf(sold as string)).toMatchObject({ trade_count: 0, cancel_reason: "too_many_fills" });
  expect(bodyOf(bought as string).status).toBe("open");
  await untilOpen(1);
  const taken = bodyOf(await object().submit(line({ side: "sell", price: "100", client: "client-B" })));
  expect(taken).toMatchObject({ status: "filled", trade_count: 1 });
  await verified("after the trade");
});

test("orders that end at one time end in flushes of their own, and other commands run between them", async () => {
  const endMs = Date.now() + 60_000;
  await placeMany(2_500, () => timed(endMs));
  vi.useFakeTimers({ toFake: ["Date"], now: endMs + 1 });
  await runInDurableObject(object(), async (instrument, { storage }) => {
    const answer = await instrument.submit(line({ side: "sell", price: "200", client: "client-B" }));
    expect(bodyOf(answer).status).toBe("open");
    expect(storage.sql.exec(OPEN).one()).toEqual({ count: 2_376 });
  });
  await untilOpen(1);
  const { liveHash } = await verified("after the expiries");
  expect(liveHash).toMatch(/^[0-9a-f]{16}$/);
});

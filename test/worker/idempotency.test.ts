import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { placedOrder } from "../../protocol/order-entry.ts";
import { book, expectProblem, get, ORDER, objectOf, placeMarket, post, type Reply, read } from "./client.ts";

const KEYED = { ...ORDER, idempotency_key: "key-1" };
const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

/** Checks that a reply is the stored answer of another, byte for byte. */
function expectReplay(replay: Reply, first: Reply): void {
  expect([replay.status, replay.text]).toEqual([first.status, first.text]);
  expect([first, replay].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
  expect(replay.headers.get("content-type")).toBe(first.headers.get("content-type"));
}

test("a repeat gets the stored answer, byte for byte, and nothing happens twice", async () => {
  const first = await post("/orders", KEYED);
  expectReplay(await post("/orders", KEYED), first);
  expect((await book()).bids).toEqual([{ price: "50000.00", quantity: "0.50000000", orders: 1 }]);
});

test("the stored answer stays as it was, whatever happened to the order", async () => {
  const first = await post("/orders", KEYED);
  await placeMarket("sell", "0.2");
  await post(`/orders/${read(first, 201, placedOrder).order_id}/cancel`);
  expectReplay(await post("/orders", KEYED), first);
});

test("the same order in another notation is a repeat", async () => {
  const first = await post("/orders", KEYED);
  const { price: _, quantity: __, ...rest } = KEYED;
  for (const [price, quantity] of [
    ["50000", "5e-1"],
    ["5E4", "0.50000"],
    ['"50000.0"', '"0.5"'],
  ]) {
    const body = `{"quantity":${quantity},"price":${price},${JSON.stringify(rest).slice(1)}`;
    expectReplay(await post("/orders", body), first);
  }
});

test.each([
  { price: "50000.01" },
  { quantity: "0.6" },
  { side: "sell" },
  { type: "market", price: undefined },
])("another order under the key is a conflict: %o", async (change) => {
  const first = await post("/orders", KEYED);
  expectProblem(await post("/orders", { ...KEYED, ...change }), "idempotency_key_reused", "idempotency_key");
  expectReplay(await post("/orders", KEYED), first);
  expect((await book()).sequence).toBe(2);
});

test("a key belongs to its client", async () => {
  const first = read(await post("/orders", KEYED), 201, placedOrder);
  const other = read(await post("/orders", { ...KEYED, client_id: "client-B" }), 201, placedOrder);
  expect(other.order_id).not.toBe(first.order_id);
  expectProblem(
    await post("/orders", { ...KEYED, client_id: "client-B", side: "sell" }),
    "idempotency_key_reused",
    "idempotency_key",
  );
});

test("clients and keys that join to the same text are kept apart", async () => {
  const first = await post("/orders", { ...ORDER, client_id: "a", idempotency_key: "b:c" });
  const second = await post("/orders", { ...ORDER, client_id: "a:b", idempotency_key: "c" });
  expect([first.status, second.status, second.headers.get("idempotency-replayed")]).toEqual([201, 201, null]);
});

test("a rejection is stored too", async () => {
  const rejected = { ...KEYED, price: "50000.001" };
  const first = await post("/orders", rejected);
  expectProblem(first, "price_off_tick", "price");
  expectReplay(await post("/orders", rejected), first);
  expectProblem(await post("/orders", KEYED), "idempotency_key_reused", "idempotency_key");
  expect((await book()).sequence).toBe(0);
});

test("a rejection because of a halt is stored too, and outlives the halt", async () => {
  const setStatus = (status: string) =>
    post("/admin/instruments/BTC-USD/trading-status", { status }, { authorization: "Bearer test-token" });
  await setStatus("halted");
  const refused = await post("/orders", KEYED);
  expectProblem(refused, "trading_halted");
  await setStatus("trading");
  expectReplay(await post("/orders", KEYED), refused);
});

test("a market order without liquidity stays so, even if there is liquidity later", async () => {
  const { price: _, ...rest } = KEYED;
  const market = { ...rest, type: "market" };
  const first = await post("/orders", market);
  await post("/orders", { ...ORDER, side: "sell" });
  expectReplay(await post("/orders", market), first);
});

test("an unreadable request uses no key", async () => {
  expectProblem(await post("/orders", { ...KEYED, colour: 1 }), "unknown_field", "colour");
  expect((await post("/orders", KEYED)).status).toBe(201);
});

test("duplicates sent at once are one order", async () => {
  const replies = await Promise.all(Array.from({ length: 20 }, () => post("/orders", KEYED)));
  const firsts = replies.filter(({ headers }) => headers.get("idempotency-replayed") === null);
  expect(firsts).toHaveLength(1);
  expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
  expect((await book()).bids).toMatchObject([{ orders: 1 }]);
});

test("duplicates within one flush are one order, and a conflicting one among them is refused", async () => {
  const submits = await runInDurableObject(objectOf(), (instrument) => {
    const line = (side: string) => JSON.stringify(["place", "c", "k", side, "limit", "1", "1"]);
    return Promise.all([line("buy"), line("sell"), line("buy")].map((text) => instrument.submit(text)));
  });
  expect(submits.map((text) => text.slice(0, 4))).toEqual(["201 ", "409 ", "201R"]);
  expect(submits[2]?.slice(4)).toBe(submits[0]?.slice(4));
});

test("a key keeps its answer for 24 hours, and then is free", async () => {
  const startMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  const first = await post("/orders", KEYED);
  // Answers are deleted when something else is written.
  vi.setSystemTime(startMs + DAY_MS);
  await post("/orders", { ...ORDER, price: "2" });
  expectReplay(await post("/orders", KEYED), first);
  vi.setSystemTime(startMs + DAY_MS + 1);
  await post("/orders", { ...ORDER, price: "1" });
  const late = await post("/orders", KEYED);
  expect([late.status, late.headers.get("idempotency-replayed")]).toEqual([201, null]);
  expect(late.text).not.toBe(first.text);
  expect((await get("/public/orderbook")).text).toContain('"orders":2');
});

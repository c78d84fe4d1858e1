import { reset, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listedOrder, orderList, placedOrder } from "../../../protocol/order-entry.ts";
import { book, expectOneState, expectProblem, get, ORDER, objectOf, place, post, read } from "../client.ts";

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

const START_MS = Date.UTC(2031, 10, 24, 12, 0, 0);

afterEach(expectOneState);

describe("time in force", () => {
  test("ioc takes what it can, and the rest is cancelled", async () => {
    await place({ side: "sell", quantity: "0.2" });
    const taker = await place({ time_in_force: "ioc" });
    expect(taker).toMatchObject({
      status: "cancelled",
      cancel_reason: "ioc",
      time_in_force: "ioc",
      filled_quantity: "0.20000000",
      cancelled_quantity: "0.30000000",
    });
    expect(await book()).toMatchObject({ bids: [], asks: [] });
  });

  test("fok is filled completely or has no effect", async () => {
    await place({ side: "sell", quantity: "0.2" });
    const { sequence } = await book();
    expectProblem(await post("/orders", { ...ORDER, time_in_force: "fok" }), "would_not_fill");
    expect((await book()).sequence).toBe(sequence);
    expect(await place({ time_in_force: "fok", quantity: "0.2" })).toMatchObject({ status: "filled" });
  });

  test("gtd and day orders end at their time by alarm, in that order", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    const expires_at = "2031-11-24T14:00:30+02:00";
    const gtd = await place({ time_in_force: "gtd", expires_at });
    const day = await place({ time_in_force: "day", price: "49000" });
    expect(gtd.expires_at).toBe("2031-11-24T12:00:30.000Z");
    expect(day.expires_at).toBe("2031-11-25T00:00:00.000Z");
    vi.setSystemTime(START_MS + 29_999);
    await runDurableObjectAlarm(objectOf());
    expect((await book()).bids).toHaveLength(2);
    vi.setSystemTime(START_MS + 30_000);
    expect(await runDurableObjectAlarm(objectOf())).toBe(true);
    expect((await book()).bids).toMatchObject([{ price: "49000.00" }]);
    const ended = JSON.parse((await get(`/public/orders/${gtd.order_id}`)).text);
    expect(ended).toMatchObject({ status: "cancelled", cancel_reason: "expired" });
    vi.setSystemTime(START_MS + 12 * 60 * 60 * 1000);
    expect(await runDurableObjectAlarm(objectOf())).toBe(true);
    expect((await book()).bids).toEqual([]);
  });

  test("an expired order does not trade before its alarm", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    await place({ time_in_force: "gtd", expires_at: "2031-11-24T12:00:01Z" });
    vi.setSystemTime(START_MS + 1_000);
    expect(await place({ side: "sell" })).toMatchObject({ status: "open", trade_count: 0 });
  });

  test.each([
    [{ time_in_force: "gtd" }, "missing_field", "expires_at"],
    [{ expires_at: "2030-01-01T00:00:00Z" }, "invalid_value", "expires_at"],
    [{ time_in_force: "gtd", expires_at: "tomorrow" }, "invalid_value", "expires_at"],
    [{ time_in_force: "gtd", expires_at: 5 }, "wrong_type", "expires_at"],
    [{ time_in_force: "gtd", expires_at: "2020-01-01T00:00:00Z" }, "expiry_passed", "expires_at"],
    [{ time_in_force: "soon" }, "invalid_value", "time_in_force"],
    [{ time_in_force: "ioc", post_only: true }, "invalid_value", "post_only"],
    [{ time_in_force: "fok", display_quantity: "0.1" }, "invalid_value", "display_quantity"],
    [{ post_only: "yes" }, "wrong_type", "post_only"],
    [{ display_quantity: "0" }, "quantity_not_positive", "display_quantity"],
    [{ display_quantity: "0.000000001" }, "quantity_off_lot", "display_quantity"],
    [{ display_quantity: "0.6" }, "terms_invalid", undefined],
    [{ self_trade_prevention: "maybe" }, "invalid_value", "self_trade_prevention"],
    [{ stp_group: "a b" }, "invalid_value", "stp_group"],
    [{ stop_price: "1" }, "unknown_field", "stop_price"],
  ] as const)("%o is refused", async (change, code, field) => {
    expectProblem(await post("/orders", { ...ORDER, ...change }), code, field);
  });
});

test("a post-only order is rejected if it would take, and rests otherwise", async () => {
  await place({ side: "sell" });
  expectProblem(await post("/orders", { ...ORDER, post_only: true }), "would_take");
  expect(await place({ post_only: true, price: "49999" })).toMatchObject({ status: "open", post_only: true });
});

test("an iceberg shows one slice, and its owner the whole quantity; the next slice goes to the back", async () => {
  const iceberg = await place({ side: "sell", quantity: "1", display_quantity: "0.2" });
  await place({ side: "sell", quantity: "0.3", client_id: "client-C" });
  expect(iceberg).toMatchObject({ remaining_quantity: "1.00000000", display_quantity: "0.20000000" });
  expect((await book()).asks).toMatchObject([{ quantity: "0.50000000", orders: 2 }]);
  const shown = JSON.parse((await get(`/public/orders/${iceberg.order_id}`)).text);
  expect(shown).toMatchObject({ quantity: "0.20000000", remaining_quantity: "0.20000000" });
  expect(shown).not.toHaveProperty("display_quantity");
  const taker = await place({ quantity: "0.4" });
  expect(
    taker.trades.map(({ maker_order_id, quantity }) => [maker_order_id === iceberg.order_id, quantity]),
  ).toEqual([
    [true, "0.20000000"],
    [false, "0.20000000"],
  ]);
  expect((await book()).asks).toMatchObject([{ quantity: "0.30000000", orders: 2 }]);
});

describe("self-trade prevention", () => {
  test("is expire_taker by default", async () => {
    await place();
    expect(await place({ side: "sell", client_id: ORDER.client_id })).toMatchObject({
      status: "cancelled",
      cancel_reason: "self_trade",
      prevented_quantity: "0.50000000",
    });
  });

  test("decrement subtracts the smaller quantity from the larger", async () => {
    const maker = await place({ stp_group: "desk", client_id: "one" });
    const change = { side: "sell", client_id: "one", stp_group: "desk", self_trade_prevention: "decrement" };
    expect(await place({ ...change, quantity: "0.2" })).toMatchObject({
      status: "cancelled",
      stp_group: "desk",
    });
    const { quantity, prevented_quantity } = JSON.parse((await get(`/public/orders/${maker.order_id}`)).text);
    expect([quantity, prevented_quantity]).toEqual(["0.30000000", "0.20000000"]);
    expect(await place({ side: "sell", client_id: "two" })).toMatchObject({ trade_count: 1 });
  });

  test("does not apply to another client's order in a group of the same name", async () => {
    const maker = await place({ side: "sell", client_id: "one", stp_group: "desk", quantity: 1 });
    const claim = { client_id: "two", stp_group: "desk", self_trade_prevention: "expire_maker" };
    const taken = await place({ ...claim, quantity: "0.00000001", time_in_force: "ioc" });
    expect(taken).toMatchObject({ status: "filled", trade_count: 1, stp_group: "desk" });
    const left = JSON.parse((await get(`/public/orders/${maker.order_id}`)).text);
    expect(left).toMatchObject({ status: "partially_filled", remaining_quantity: "0.99999999" });
  });

  test.each([
    ["by an order with a group and one without", { stp_group: "desk" }, {}],
    ["by an order without a group and one with", {}, { stp_group: "desk" }],
    ["by orders of two groups", { stp_group: "desk" }, { stp_group: "other" }],
  ])("of one client cannot be bypassed %s", async (_, first, second) => {
    await place({ ...first, side: "sell", client_id: "one" });
    const expected = { status: "cancelled", cancel_reason: "self_trade", trade_count: 0 };
    expect(await place({ ...second, client_id: "one" })).toMatchObject(expected);
  });

  test("a group never passes for a client", async () => {
    await place({ client_id: "one" });
    const other = { side: "sell", client_id: "two", stp_group: "one" };
    expect(await place(other)).toMatchObject({ status: "filled", trade_count: 1 });
  });
});

describe("a client order id", () => {
  test("is unique for its client while the order is open and for a day", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    const named = { ...ORDER, client_order_id: "mine" };
    const first = read(await post("/orders", named), 201, placedOrder);
    expectProblem(await post("/orders", named), "client_order_id_reused", "client_order_id");
    expect((await post("/orders", { ...named, client_id: "other" })).status).toBe(201);
    vi.setSystemTime(START_MS + 2 * 24 * 60 * 60 * 1000);
    expectProblem(await post("/orders", named), "client_order_id_reused", "client_order_id");
    await post(`/orders/${first.order_id}/cancel`);
    expect((await post("/orders", named)).status).toBe(201);
  });

  test("is not used up by a rejected order", async () => {
    const refused = { ...ORDER, client_order_id: "mine", price: "0" };
    expectProblem(await post("/orders", refused), "price_not_positive", "price");
    expectProblem(
      await post("/orders", { ...ORDER, client_order_id: "mine", time_in_force: "fok" }),
      "would_not_fill",
    );
    expect(await place({ client_order_id: "mine" })).toMatchObject({ client_order_id: "mine" });
  });

  test("finds the order, for its client only", async () => {
    const { order_id } = await place({ client_order_id: "mine" });
    const path = "/orders/by-client-id/mine?client_id=";
    expect(read(await get(`${path}client-A`), 200, listedOrder).order_id).toBe(order_id);
    expectProblem(await get(`${path}client-B`), "order_not_found");
    expectProblem(await get("/orders/by-client-id/mine"), "missing_field", "client_id");
  });
});

test("the open orders of a client are listed newest first, page by page, from the instrument", async () => {
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.unshift((await place({ price: `${100 + count}` })).order_id);
  await post(`/orders/${ids[1]}/cancel`);
  ids.splice(1, 1);
  const list = async (query: string) =>
    read(await get(`/orders?client_id=client-A&status=open${query}`), 200, orderList).orders.map(
      ({ order_id }) => order_id,
    );
  expect(await list("")).toEqual(ids);
  expect(await list("&limit=2")).toEqual(ids.slice(0, 2));
  expect(await list(`&limit=2&before=${ids[1]}`)).toEqual(ids.slice(2, 4));
  expect(read(await get("/orders?client_id=nobody&status=open"), 200, orderList).orders).toEqual([]);
  expectProblem(await get("/orders?client_id=client-A&status=closed"), "invalid_value", "status");
});

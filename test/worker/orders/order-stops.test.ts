import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listedOrder, placedOrder } from "../../../protocol/order-entry.ts";
import { placedPair } from "../../../protocol/order-group.ts";
import { book, expectOneState, expectProblem, get, ORDER, place, post, read } from "../client.ts";

beforeEach(reset);
afterEach(expectOneState);

describe("stops", () => {
  const stop = {
    price: undefined,
    type: "stop",
    stop_price: "49000",
    quantity: "0.1",
    client_id: "client-S",
  };

  /** Trades at a price. */
  async function trade(price: string): Promise<void> {
    await place({ side: "sell", price, quantity: "0.01" });
    await place({ price, quantity: "0.01" });
  }

  test("wait for a trade at their price, unseen, and then take", async () => {
    await trade("50000");
    await place({ price: "48000" });
    const waiting = await place({ ...stop, side: "sell" });
    expect(waiting).toMatchObject({ status: "waiting", stop_price: "49000.00", price: null });
    expect((await book()).asks).toEqual([]);
    await trade("49000");
    expect(JSON.parse((await get(`/public/orders/${waiting.order_id}`)).text)).toMatchObject({
      status: "filled",
      average_price: "48000.000000",
    });
  });

  test("a stop limit rests at its limit, a trailing stop follows", async () => {
    await trade("50000");
    const limited = await place({ ...stop, side: "sell", type: "stop_limit", price: "49500" });
    const trailing = {
      client_id: "client-T",
      instrument: "BTC-USD",
      side: "sell",
      type: "trailing_stop",
      trailing_amount: "500",
      quantity: "0.2",
    };
    const followed = read(await post("/orders", trailing), 201, placedOrder);
    expect(followed).toMatchObject({ status: "waiting", trailing_amount: "500.00" });
    await trade("51000");
    await expectOneState();
    await place({ price: "50500", quantity: "0.01" });
    await place({ side: "sell", price: "50500", quantity: "0.01" });
    const triggered = JSON.parse((await get(`/public/orders/${followed.order_id}`)).text);
    expect(triggered).toMatchObject({ status: "cancelled", cancel_reason: "no_liquidity" });
    await trade("49000");
    expect((await book()).asks).toMatchObject([{ price: "49500.00", quantity: "0.10000000" }]);
    const moved = await post(`/orders/${limited.order_id}/amend`, { stop_price: "48000" });
    expectProblem(moved, "terms_invalid", "stop_price");
  });

  test.each([
    [{ stop_price: "49000.001" }, "price_off_tick", "stop_price"],
    [{ stop_price: "20000000" }, "stop_price_above_maximum", "stop_price"],
    [{ stop_price: undefined }, "missing_field", "stop_price"],
    [{ price: "1" }, "unknown_field", "price"],
    [{ time_in_force: "ioc" }, "invalid_value", "time_in_force"],
    [{ type: "stop_limit" }, "missing_field", "price"],
    [{ type: "trailing_stop", stop_price: undefined }, "missing_field", "trailing_amount"],
    [
      { type: "trailing_stop", stop_price: undefined, trailing_amount: "1", trailing_basis_points: 1 },
      "invalid_value",
      "trailing_basis_points",
    ],
    [
      { type: "trailing_stop", stop_price: undefined, trailing_basis_points: 1.5 },
      "invalid_value",
      "trailing_basis_points",
    ],
  ] as const)("%o is refused", async (change, code, field) => {
    expectProblem(await post("/orders", { ...ORDER, ...stop, ...change }), code, field);
  });
});

describe("a pair", () => {
  const pair = {
    client_id: "client-B",
    instrument: "BTC-USD",
    side: "sell",
    quantity: "1",
    price: "51000",
    stop_price: "49000",
    stop_limit_price: "48900",
  };

  test("cancels one leg when the other executes", async () => {
    const body = {
      ...pair,
      idempotency_key: "pair",
      limit_client_order_id: "take",
      stop_client_order_id: "stop",
    };
    const first = await post("/orders/oco", body);
    const { orders } = read(first, 201, placedPair);
    expect(orders.map(({ status, type, linked_order_id }) => [status, type, linked_order_id])).toEqual([
      ["open", "limit", orders[1].order_id],
      ["waiting", "stop_limit", orders[0].order_id],
    ]);
    const again = await post("/orders/oco", body);
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
    await expectOneState();
    await place({ price: "51000", quantity: "0.1" });
    expect(JSON.parse((await get(`/public/orders/${orders[1].order_id}`)).text)).toMatchObject({
      status: "cancelled",
      cancel_reason: "linked",
    });
    await expectOneState();
    const named = await get("/orders/by-client-id/take?client_id=client-B");
    expect(read(named, 200, listedOrder)).toMatchObject({
      status: "partially_filled",
      client_order_id: "take",
    });
  });

  test.each([
    [{ price: "10000000.01" }, "price_above_maximum", "price"],
    [{ stop_limit_price: "10000000.01" }, "price_above_maximum", "stop_limit_price"],
    [{ price: "10000000.01", stop_limit_price: "10000000.01" }, "price_above_maximum", "price"],
    [{ stop_price: "10000000.01" }, "stop_price_above_maximum", "stop_price"],
  ] as const)("with %o is refused with the field to blame", async (change, code, field) => {
    expectProblem(await post("/orders/oco", { ...pair, ...change }), code, field);
  });

  test("may not take, nor use one name twice", async () => {
    await place({ price: "51000" });
    expectProblem(await post("/orders/oco", pair), "would_take");
    const names = { limit_client_order_id: "same", stop_client_order_id: "same" };
    expectProblem(
      await post("/orders/oco", { ...pair, ...names }),
      "client_order_id_reused",
      "stop_client_order_id",
    );
  });
});

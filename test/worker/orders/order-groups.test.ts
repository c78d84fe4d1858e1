import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { placedOrder } from "../../../protocol/order-entry.ts";
import { cancelAllAnswer } from "../../../protocol/order-group.ts";
import { book, expectOneState, expectProblem, get, place, post, read, readProblem } from "../client.ts";

beforeEach(reset);

afterEach(expectOneState);

describe("an amendment", () => {
  const amend = (orderId: string, change: object) => post(`/orders/${orderId}/amend`, change);

  test("to less keeps the place in the queue, to more or another price loses it", async () => {
    const [first, second] = [
      await place({ side: "sell" }),
      await place({ side: "sell", client_id: "client-C" }),
    ];
    const lower = read(await amend(first.order_id, { quantity: "0.3" }), 200, placedOrder);
    expect(lower).toMatchObject({ quantity: "0.30000000", remaining_quantity: "0.30000000", trades: [] });
    expect((await place({ quantity: "0.1" })).trades[0]?.maker_order_id).toBe(first.order_id);
    await amend(first.order_id, { quantity: "0.4" });
    expect((await place({ quantity: "0.1" })).trades[0]?.maker_order_id).toBe(second.order_id);
  });

  test("may trade", async () => {
    await place({ side: "sell" });
    const { order_id } = await place({ price: "40000", quantity: "0.7" });
    const amended = read(await amend(order_id, { price: "50000" }), 200, placedOrder);
    expect(amended).toMatchObject({
      status: "partially_filled",
      remaining_quantity: "0.20000000",
      trade_count: 1,
    });
  });

  test("of an order that has changed meanwhile is refused, with the order", async () => {
    const { order_id, updated_sequence } = await place();
    await place({ side: "sell", quantity: "0.1" });
    const reply = await amend(order_id, { quantity: "0.2", expected_version: updated_sequence });
    expectProblem(reply, "version_mismatch", "expected_version");
    const version = readProblem(reply).order?.updated_sequence;
    expect((await amend(order_id, { quantity: "0.2", expected_version: version })).status).toBe(200);
  });

  test.each(["0.3", "0.1"])("to what is filled of 0.3 or less ends the rest: %s", async (quantity) => {
    const { order_id } = await place();
    await place({ side: "sell", quantity: "0.3" });
    expect(read(await amend(order_id, { quantity, price: "1" }), 200, placedOrder)).toMatchObject({
      status: "cancelled",
      cancel_reason: "amended_to_filled",
      trade_count: 0,
      quantity: "0.50000000",
      filled_quantity: "0.30000000",
      cancelled_quantity: "0.20000000",
    });
    expectProblem(await amend(order_id, { quantity: "0.4" }), "order_closed");
  });

  test("of an order that has ended or never existed is refused", async () => {
    const { order_id } = await place();
    await post(`/orders/${order_id}/cancel`);
    expectProblem(await amend(order_id, { quantity: "1" }), "order_closed");
    expectProblem(await amend("019c1f2a-7b3c-8001-8000-0000000f4240", { quantity: "1" }), "order_not_found");
  });

  test("of a price that the order does not have names the field", async () => {
    const stop = { type: "stop", price: undefined, stop_price: "60000" };
    const { order_id } = await place(stop);
    expectProblem(await amend(order_id, { price: "60000", stop_price: "61000" }), "terms_invalid", "price");
    const trailing = { type: "trailing_stop", price: undefined, trailing_amount: "5" };
    const { order_id: trailingId } = await place(trailing);
    expectProblem(await amend(trailingId, { stop_price: "61000" }), "terms_invalid", "stop_price");
  });

  test.each([
    [{}, "missing_field", "quantity"],
    [{ expected_version: 1 }, "missing_field", "quantity"],
    [{ quantity: "0" }, "quantity_not_positive", "quantity"],
    [{ price: "0.001" }, "price_off_tick", "price"],
    [{ price: "99999999" }, "price_above_maximum", "price"],
    [{ stop_price: "1" }, "terms_invalid", "stop_price"],
    [{ side: "sell" }, "unknown_field", "side"],
    [{ quantity: "1", expected_version: "1" }, "wrong_type", "expected_version"],
    [{ quantity: "1", expected_version: 0 }, "invalid_value", "expected_version"],
  ] as const)("%o is refused", async (change, code, field) => {
    const { order_id } = await place();
    const { sequence } = await book();
    expectProblem(await amend(order_id, change), code, field);
    expect((await book()).sequence).toBe(sequence);
  });
});

describe("a cancel of all orders", () => {
  test("applies to one client, on one side or both, on one instrument or all", async () => {
    await place({ price: "10" });
    await place({ price: "11" });
    await place({ side: "sell", client_id: "client-A", price: "60000" });
    await place({ client_id: "client-B", price: "12" });
    await place({ instrument: "ETH-USD", price: "10" });
    const all = async (body: object) =>
      read(await post("/orders/cancel-all", body), 200, cancelAllAnswer).results.map((result) => [
        result.instrument,
        "cancelled_count" in result ? result.orders.map(({ price }) => price) : result.problem,
      ]);
    expect(await all({ client_id: "client-A", instrument: "BTC-USD", side: "buy" })).toEqual([
      ["BTC-USD", ["10.00", "11.00"]],
    ]);
    expect((await all({ client_id: "client-A" })).slice(0, 2)).toEqual([
      ["BTC-USD", ["60000.00"]],
      ["ETH-USD", ["10.00"]],
    ]);
    expect(await all({ client_id: "nobody", instrument: "BTC-USD" })).toEqual([["BTC-USD", []]]);
    expect((await book()).bids).toMatchObject([{ price: "12.00" }]);
  });

  test("names the rule that a body breaks", async () => {
    expectProblem(await post("/orders/cancel-all", {}), "missing_field", "client_id");
    expectProblem(
      await post("/orders/cancel-all", { client_id: "a", side: "both" }),
      "invalid_value",
      "side",
    );
    const unknown = { client_id: "a", instrument: "DOGE-USD" };
    expectProblem(await post("/orders/cancel-all", unknown), "instrument_unknown", "instrument");
  });
});

test("one schema covers orders of a pair, of a batch, and plain ones", async () => {
  const { order_id } = await place({ client_order_id: "x", display_quantity: "0.1" });
  expect((await get(`/public/orders/${order_id}`)).text).not.toContain("client_order_id");
});

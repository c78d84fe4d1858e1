import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { placedOrder } from "../../../protocol/order-entry.ts";
import { book, expectOneState, expectProblem, ORDER, place, post, read } from "../client.ts";

beforeEach(reset);
afterEach(expectOneState);

describe("a market order by quote quantity", () => {
  test("spends at most its amount", async () => {
    await place({ side: "sell", price: "100", quantity: "1" });
    const { price: _, quantity: __, ...rest } = ORDER;
    const market = { ...rest, type: "market", quote_quantity: "33.333333" };
    expect(read(await post("/orders", market), 201, placedOrder)).toMatchObject({
      status: "filled",
      quantity: "0.33333333",
      filled_notional: "33.3333330000",
      quote_quantity: "33.3333330000",
    });
  });

  test("receives at most its amount as a sell", async () => {
    await place({ price: "100", quantity: "0.2" });
    await place({ price: "90", quantity: "1" });
    const { price: _, quantity: __, ...rest } = ORDER;
    const market = {
      ...rest,
      client_id: "client-B",
      side: "sell",
      type: "market",
      quote_quantity: "33.333333",
    };
    expect(read(await post("/orders", market), 201, placedOrder)).toMatchObject({
      status: "filled",
      quantity: "0.34814814",
      filled_notional: "33.3333326000",
      quote_quantity: "33.3333330000",
      remaining_quantity: "0.00000000",
      trade_count: 2,
    });
    const { bids } = await book();
    expect(bids).toMatchObject([{ price: "90.00", quantity: "0.85185186" }]);
    const small = read(await post("/orders", { ...market, quote_quantity: "0.0000001" }), 201, placedOrder);
    expect(small).toMatchObject({
      status: "cancelled",
      cancel_reason: "no_liquidity",
      quantity: "0.00000000",
    });
  });

  test.each([
    [{ quantity: "1", quote_quantity: "1" }, "invalid_value", "quote_quantity"],
    [{}, "missing_field", "quantity"],
    [{ side: "sell", quantity: "1", quote_quantity: "1" }, "invalid_value", "quote_quantity"],
    [{ side: "sell", quote_quantity: "1", time_in_force: "fok" }, "invalid_value", "quote_quantity"],
    [{ quote_quantity: "1", time_in_force: "fok" }, "invalid_value", "quote_quantity"],
    [{ quote_quantity: "0.00000000001" }, "quantity_off_lot", "quote_quantity"],
    [{ quote_quantity: "99999999999" }, "notional_above_maximum", "quote_quantity"],
    [{ quantity: "1", time_in_force: "gtc" }, "invalid_value", "time_in_force"],
  ] as const)("%o is refused", async (change, code, field) => {
    const { price: _, quantity: __, ...rest } = ORDER;
    expectProblem(await post("/orders", { ...rest, type: "market", ...change }), code, field);
  });
});

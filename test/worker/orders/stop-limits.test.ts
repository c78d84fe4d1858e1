import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderList } from "../../../protocol/order-entry.ts";
import { expectOneState, expectProblem, get, ORDER, place, post, read } from "../client.ts";

beforeEach(reset);
afterEach(expectOneState);

describe("a stop limit that is ioc or fok once triggered", () => {
  const stopOf = (change: object) =>
    place({
      type: "stop_limit",
      stop_price: "100",
      price: "101",
      quantity: "2",
      client_id: "waits",
      ...change,
    });
  const trigger = async () => {
    await place({ side: "sell", price: "100", quantity: "0.5", client_id: "sells" });
    return place({ price: "100", quantity: "0.5", client_id: "buys" });
  };
  const ended = async (orderId: string) => JSON.parse((await get(`/public/orders/${orderId}`)).text);

  test("waits, and then takes what it can", async () => {
    await place({ side: "sell", price: "101", quantity: "1.5", client_id: "sells" });
    const stop = await stopOf({ time_in_force: "ioc" });
    expect(stop).toMatchObject({ status: "waiting", time_in_force: "ioc" });
    const list = read(await get("/orders?client_id=waits&status=open"), 200, orderList);
    expect(list.orders).toMatchObject([{ order_id: stop.order_id, status: "waiting", time_in_force: "ioc" }]);
    await trigger();
    expect(await ended(stop.order_id)).toMatchObject({
      status: "cancelled",
      cancel_reason: "ioc",
      time_in_force: "ioc",
      filled_quantity: "1.50000000",
      cancelled_quantity: "0.50000000",
    });
  });

  test("waits, and then takes all or nothing", async () => {
    await place({ side: "sell", price: "101", quantity: "2", client_id: "sells" });
    const larger = await stopOf({ time_in_force: "fok", quantity: "2.00000001" });
    const whole = await stopOf({ time_in_force: "fok" });
    await trigger();
    expect(await ended(whole.order_id)).toMatchObject({ status: "filled", time_in_force: "fok" });
    const { order_id } = larger;
    const again = await post(`/orders/${order_id}/cancel`);
    expectProblem(again, "order_closed");
    expect(JSON.parse(again.text).order).toMatchObject({
      status: "cancelled",
      cancel_reason: "would_not_fill",
      filled_quantity: "0.00000000",
    });
  });

  test.each([
    [{ type: "stop", price: undefined }, "invalid_value", "time_in_force"],
    [{ display_quantity: "0.1" }, "invalid_value", "display_quantity"],
    [{ expires_at: "2030-01-01T00:00:00Z" }, "invalid_value", "expires_at"],
  ] as const)("is refused with %o", async (change, code, field) => {
    const stop = { ...ORDER, type: "stop_limit", stop_price: "100", time_in_force: "ioc", ...change };
    expectProblem(await post("/orders", stop), code, field);
  });
});

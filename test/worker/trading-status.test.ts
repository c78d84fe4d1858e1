import { abortAllDurableObjects, reset, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Clock } from "../../durable-objects/runtime/clock.ts";
import { instrumentStatus, tradeList } from "../../protocol/market-data.ts";
import { operatorStatus } from "../../protocol/operation.ts";
import { book, expectOneState, expectProblem, get, ORDER, objectOf, place, post, read } from "./client.ts";

beforeEach(reset);
// A date that a test sets is the host's clock too.
beforeEach(() => void vi.spyOn(Clock.prototype, "wallMs").mockImplementation(() => Date.now()));
afterEach(() => void vi.restoreAllMocks());

describe("the trading status", () => {
  const setStatus = (body: object) =>
    post("/admin/instruments/BTC-USD/trading-status", body, { authorization: "Bearer test-token" });
  const status = async () => read(await get("/public/status"), 200, instrumentStatus);
  afterEach(() => void vi.useRealTimers());

  test.each([
    ["halted", "trading_halted"],
    ["cancel_only", "cancel_only"],
  ] as const)("%s takes cancels only, through a restart, until it is changed", async (name, code) => {
    const { order_id } = await place({ price: "10" });
    const told = read(await setStatus({ status: name }), 200, operatorStatus);
    expect(told.trading_status).toBe(name);
    await abortAllDurableObjects();
    expect(await status()).toMatchObject({ trading_status: name, until: null, indicative: null });
    expectProblem(await post("/orders", ORDER), code);
    expectProblem(await post(`/orders/${order_id}/amend`, { quantity: "0.1" }), code);
    expect((await post(`/orders/${order_id}/cancel`)).status).toBe(200);
    await setStatus({ status: "trading" });
    await place();
  });

  test("post_only accepts orders that do not take", async () => {
    await place({ side: "sell" });
    await setStatus({ status: "post_only" });
    expectProblem(await post("/orders", ORDER), "would_take");
    await place({ price: "49999" });
  });

  test("an auction collects orders, publishes its expected result, and ends by itself at one price", async () => {
    const startMs = Date.UTC(2031, 10, 24);
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    await setStatus({ status: "auction", for_seconds: 30 });
    await place({ price: "102", quantity: "3" });
    await place({ side: "sell", price: "100", quantity: "1" });
    const early = await place({ side: "sell", price: "101", quantity: "1" });
    expect(early).toMatchObject({ status: "open", trade_count: 0 });
    expectProblem(await post("/orders", { ...ORDER, time_in_force: "ioc" }), "not_in_auction");
    await abortAllDurableObjects();
    expect(await status()).toMatchObject({
      trading_status: "auction",
      until: "2031-11-24T00:00:30.000Z",
      // Buyers are left over at every price with the same volume, so the highest of them is used.
      indicative: { price: "102.00", quantity: "2.00000000", imbalance: "1.00000000" },
    });
    vi.setSystemTime(startMs + 30_000);
    expect(await runDurableObjectAlarm(objectOf())).toBe(true);
    expect(await status()).toMatchObject({ trading_status: "trading", indicative: null });
    const { trades } = read(await get("/public/trades"), 200, tradeList);
    expect(trades.map(({ price, quantity }) => [price, quantity])).toEqual([
      ["102.00", "1.00000000"],
      ["102.00", "1.00000000"],
    ]);
    expect(await book()).toMatchObject({ bids: [{ price: "102.00", quantity: "1.00000000" }], asks: [] });
    await expectOneState();
  });

  test.each([
    [{}, "missing_field", "status"],
    [{ status: "frozen" }, "invalid_value", "status"],
    [{ status: "halted", for_seconds: 0 }, "invalid_value", "for_seconds"],
    [{ status: "halted", for_seconds: "1" }, "wrong_type", "for_seconds"],
    [{ status: "trading", for_seconds: 1 }, "invalid_value", "for_seconds"],
    [{ status: "post_only", for_seconds: 1 }, "invalid_value", "for_seconds"],
    [{ status: "cancel_only", for_seconds: 1 }, "invalid_value", "for_seconds"],
  ] as const)("%o is refused", async (body, code, field) => {
    expectProblem(await setStatus(body), code, field);
    expect((await status()).trading_status).toBe("trading");
  });
});

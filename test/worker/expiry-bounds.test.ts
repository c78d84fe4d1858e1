import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { writeLine } from "../../durable-objects/calls/call.ts";
import { placeCall } from "../../durable-objects/calls/call-of-body.ts";
import { placeOrderRequest } from "../../protocol/order-request.ts";
import { book, expectProblem, ORDER, objectOf, place, post } from "./client.ts";

beforeEach(reset);
afterEach(() => void vi.restoreAllMocks());

const DAY_MS = 86_400_000;

function alarm(): Promise<number | null> {
  return runInDurableObject(objectOf(), (_, { storage }) => storage.getAlarm());
}

describe("the end of an order", () => {
  const GTD = { ...ORDER, time_in_force: "gtd" };
  const OCO = { ...GTD, type: undefined, side: "sell", price: "60000", stop_price: "40000" };

  test.each([
    "2100-01-01T00:00:00Z",
    "2189-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "2100-01-01T01:00:00+01:00",
  ])("is refused as %s, on every way in", async (expires_at) => {
    expectProblem(await post("/orders", { ...GTD, expires_at }), "invalid_value", "expires_at");
    expectProblem(await post("/orders/oco", { ...OCO, expires_at }), "invalid_value", "expires_at");
    const entries = [{ action: "place", ...GTD, instrument: undefined, expires_at }];
    const { results } = JSON.parse((await post("/orders/batch", { instrument: "BTC-USD", entries })).text);
    expect(results[0]).toMatchObject({ status: 400, body: { code: "invalid_value", field: "expires_at" } });
    expect((await book()).bids).toEqual([]);
  });

  test("is returned as it was given, up to the latest that is accepted", async () => {
    const { expires_at } = await place({ time_in_force: "gtd", expires_at: "2099-12-31T23:59:59.999Z" });
    expect(expires_at).toBe("2099-12-31T23:59:59.999Z");
  });
});

describe("the alarm", () => {
  /** Places an order without the worker's checks, like an order from before there was a bound. */
  async function placeUntil(expiresAtMs: number): Promise<void> {
    const order = placeOrderRequest.parse({ ...ORDER, price: "100", quantity: "1" });
    const request = placeCall(order, "client-A");
    const terms = { ...request.terms, timeInForce: "gtd" as const, expiresAtMs };
    expect(JSON.stringify(await objectOf().submit(writeLine({ ...request, terms })))).toContain("201");
  }

  test("is set even if the due time is later than the platform accepts", async () => {
    const errors = vi.spyOn(console, "error");
    await placeUntil(Date.UTC(10_000, 0, 1));
    expect(Number(await alarm())).toBeGreaterThan(Date.now() + 300 * DAY_MS);
    expect(errors).not.toHaveBeenCalled();
    // The alarm comes, finds nothing to do, and is set again.
    expect(await runDurableObjectAlarm(objectOf())).toBe(true);
    expect(Number(await alarm())).toBeGreaterThan(Date.now() + 300 * DAY_MS);
    expect((await book()).bids).toHaveLength(1);
  });

  test("for an order comes in time, even if other orders end too late for one", async () => {
    const soonMs = Date.now() + 60_000;
    await Promise.all([
      placeUntil(Date.UTC(10_000, 0, 1)),
      placeUntil(soonMs),
      placeUntil(Date.UTC(9_000, 0, 1)),
    ]);
    expect(await alarm()).toBe(soonMs);
    await placeUntil(Date.UTC(8_000, 0, 1));
    expect(await alarm()).toBe(soonMs);
    await placeUntil(soonMs - 10_000);
    expect(await alarm()).toBe(soonMs - 10_000);
  });
});

import { describe, expect, test } from "vitest";
import { health } from "../../protocol/health.ts";
import { tradeList } from "../../protocol/market-data.ts";
import { expectProblem, get, place, placeMarket, read } from "./client.ts";

describe("without a database", () => {
  test("requests that only history can answer are unavailable", async () => {
    expectProblem(await get("/orders?client_id=ada"), "history_unavailable");
    expectProblem(await get("/public/trades?before=1000000"), "history_unavailable");
  });

  test("the instrument answers from its own data, and an unknown order is not found", async () => {
    await place({ price: "100", quantity: "3" });
    for (let count = 0; count < 3; count++) await placeMarket("sell", "1");
    const page = read(await get("/public/trades?before=3&limit=2"), 200, tradeList);
    expect(page.trades.map(({ trade_id }) => trade_id)).toEqual([2, 1]);
    expect(read(await get("/public/trades?before=1"), 200, tradeList).trades).toEqual([]);
    expectProblem(await get("/public/orders/019c1f2a-7b3c-8001-8000-00000000ffff"), "order_not_found");
  });

  test("the venue is healthy, with nothing to ship to", async () => {
    const { status, instruments } = read(await get("/healthz"), 200, health);
    expect(status).toBe("ok");
    expect(instruments.map(({ outbox }) => outbox)).toEqual([[], [], []]);
  });
});

test.each([
  ["/orders", "missing_field", "client_id"],
  ["/orders?client_id=", "invalid_value", "client_id"],
  ["/orders?client_id=a&limit=1001", "invalid_value", "limit"],
  ["/orders?client_id=a&before=7", "invalid_value", "before"],
  ["/orders?client_id=a&before=00000000-0000-4000-8000-000000000000", "invalid_value", "before"],
  ["/orders?client_id=a&instrument=X", "instrument_unknown", "instrument"],
  ["/public/trades?before=0", "invalid_value", "before"],
  ["/public/trades?before=-1", "invalid_value", "before"],
  ["/public/trades?before=1.5", "invalid_value", "before"],
  ["/public/trades?before=9999999999999999", "invalid_value", "before"],
] as const)("%s is refused: %s in %s", async (path, code, field) => {
  expectProblem(await get(path), code, field);
});

import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { health } from "../../protocol/health.ts";
import { instrumentList, tradeList } from "../../protocol/market-data.ts";
import { order, placedOrder, publicOrder } from "../../protocol/order-entry.ts";
import { book, expectProblem, get, ORDER, place, placeMarket, post, read, readProblem } from "./client.ts";

beforeEach(reset);

const FIRST_CALL =
  '{"idempotency_key":"a-unique-uuid-12345","client_id":"client-A","instrument":"BTC-USD","side":"buy","type":"limit","price":50000.0,"quantity":0.5}';
const SECOND_CALL =
  '{"client_id":"client-B","instrument":"BTC-USD","side":"sell","type":"market","quantity":0.2}';

describe("the calls of the API, verbatim", () => {
  test("a limit order with numbers is accepted and rests", async () => {
    const placed = read(await post("/orders", FIRST_CALL), 201, placedOrder);
    expect(placed).toMatchObject({
      instrument: "BTC-USD",
      side: "buy",
      type: "limit",
      price: "50000.00",
      quantity: "0.50000000",
      filled_quantity: "0.00000000",
      remaining_quantity: "0.50000000",
      cancelled_quantity: "0.00000000",
      average_price: null,
      filled_notional: "0.0000000000",
      status: "open",
      cancel_reason: null,
      sequence: 1,
      updated_sequence: 2,
      client_id: "client-A",
      idempotency_key: "a-unique-uuid-12345",
      trades: [],
      trade_count: 0,
    });
  });

  test("a market order trades with it, and both orders show the trade", async () => {
    const maker = read(await post("/orders", FIRST_CALL), 201, placedOrder);
    const taker = read(await post("/orders", SECOND_CALL), 201, placedOrder);
    expect(taker).toMatchObject({
      status: "filled",
      price: null,
      filled_quantity: "0.20000000",
      remaining_quantity: "0.00000000",
      average_price: "50000.000000",
      filled_notional: "10000.0000000000",
      idempotency_key: null,
      trade_count: 1,
    });
    expect(taker.trades).toMatchObject([
      {
        trade_id: 1,
        price: "50000.00",
        quantity: "0.20000000",
        taker_side: "sell",
        maker_order_id: maker.order_id,
        taker_order_id: taker.order_id,
      },
    ]);
    const trades = read(await get("/public/trades?limit=50"), 200, tradeList);
    expect(trades).toEqual({
      instrument: "BTC-USD",
      epoch: 1,
      sequence: 4,
      source: "engine",
      age_ms: 0,
      trades: taker.trades,
    });
    for (const slash of ["", "/"]) {
      const shown = read(await get(`/public/orders/${maker.order_id}${slash}`), 200, publicOrder);
      expect(shown).toMatchObject({ status: "partially_filled", remaining_quantity: "0.30000000" });
    }
    const { bids, asks } = await book("?levels=20");
    expect({ bids, asks }).toEqual({
      bids: [{ price: "50000.00", quantity: "0.30000000", orders: 1 }],
      asks: [],
    });
  });

  test("a cancel takes the order off the book, and a second cancel answers that it is cancelled", async () => {
    const { order_id } = await place();
    const cancelled = read(await post(`/orders/${order_id}/cancel`), 200, order);
    expect(cancelled).toMatchObject({
      order_id,
      status: "cancelled",
      cancel_reason: "by_owner",
      remaining_quantity: "0.00000000",
      cancelled_quantity: "0.50000000",
    });
    expect((await book()).bids).toEqual([]);
    const second = await post(`/orders/${order_id}/cancel`);
    expectProblem(second, "order_closed");
    expect(readProblem(second).order).toEqual(cancelled);
  });

  test("every path answers with and without a trailing slash", async () => {
    const { order_id } = await place();
    const paths = [
      "/public/instruments",
      "/public/orderbook",
      "/public/trades",
      `/public/orders/${order_id}`,
    ];
    for (const path of [...paths, "/openapi.json", "/docs"]) {
      const [without, withSlash] = await Promise.all([get(path), get(`${path}/`)]);
      expect([withSlash.status, withSlash.text], path).toEqual([200, without.text]);
    }
    for (const path of ["/healthz/", "/metrics/"]) expect((await get(path)).status, path).toBe(200);
    expect((await post("/orders/", ORDER)).status).toBe(201);
    expect((await post(`/orders/${order_id}/cancel/`)).status).toBe(200);
  });

  test("/healthz reports the sequence of each instrument", async () => {
    await place();
    const well = {
      status: "ok",
      restore_seconds: expect.any(Number),
      outbox: [],
      quarantined_requests: 0,
      trading_status: "trading",
      order_refusal: null,
      trading_status_since: null,
      trading_status_reason: null,
    };
    expect(read(await get("/healthz"), 200, health)).toEqual({
      status: "ok",
      instruments: [
        { instrument: "BTC-USD", sequence: 2, ...well },
        { instrument: "ETH-USD", sequence: 0, ...well },
        { instrument: "RULES-USD", sequence: 0, ...well },
      ],
    });
  });

  test("/public/instruments lists the instruments, the default first", async () => {
    const { instruments } = read(await get("/public/instruments"), 200, instrumentList);
    expect(instruments.map(({ instrument }) => instrument)).toEqual(["BTC-USD", "ETH-USD", "RULES-USD"]);
  });
});

describe("orders", () => {
  test("numbers and decimal strings are the same order", async () => {
    const forms = ["50000.0", "5e4", "5E+4", "50000", '"50000"', '"50000.00"'];
    for (const form of forms) {
      const body = JSON.stringify(ORDER).replace('"50000.00"', form);
      expect(read(await post("/orders", body), 201, placedOrder).price, form).toBe("50000.00");
    }
    expect((await book()).bids).toEqual([
      { price: "50000.00", quantity: "3.00000000", orders: forms.length },
    ]);
  });

  test("digits that a float would lose are kept", async () => {
    const body =
      '{"client_id":"a","instrument":"BTC-USD","side":"buy","type":"limit","price":9999999.99,"quantity":9999.99999999}';
    expect(read(await post("/orders", body), 201, placedOrder)).toMatchObject({
      price: "9999999.99",
      quantity: "9999.99999999",
    });
  });

  test("a market order without enough liquidity fills what it can, cancels the rest, and gives the reason", async () => {
    await place({ side: "sell", quantity: "0.1" });
    expect(await placeMarket("buy", "0.3")).toMatchObject({
      status: "cancelled",
      cancel_reason: "no_liquidity",
      filled_quantity: "0.10000000",
      cancelled_quantity: "0.20000000",
      remaining_quantity: "0.00000000",
    });
    expect(await placeMarket("buy", "0.3")).toMatchObject({
      status: "cancelled",
      trade_count: 0,
      average_price: null,
    });
  });

  test("the best price trades first, then the oldest order, each at the maker's price", async () => {
    const worse = await place({ side: "sell", price: "101", quantity: "1" });
    const older = await place({ side: "sell", price: "100", quantity: "1" });
    const newer = await place({ side: "sell", price: "100", quantity: "1" });
    const taker = await place({ side: "buy", price: "101", quantity: "2.5" });
    expect(
      taker.trades.map(({ maker_order_id, price, quantity }) => [maker_order_id, price, quantity]),
    ).toEqual([
      [older.order_id, "100.00", "1.00000000"],
      [newer.order_id, "100.00", "1.00000000"],
      [worse.order_id, "101.00", "0.50000000"],
    ]);
    expect(taker).toMatchObject({
      status: "filled",
      average_price: "100.200000",
      filled_notional: "250.5000000000",
    });
  });

  test("instruments do not see each other's orders", async () => {
    const { order_id } = await place({ instrument: "ETH-USD" });
    const misdirected = order_id.replace("-8002-", "-8001-");
    expect((await book()).bids).toEqual([]);
    expect(read(await get(`/public/orders/${order_id}`), 200, publicOrder).instrument).toBe("ETH-USD");
    for (const id of [misdirected, order_id.replace("-8002-", "-8fff-")]) {
      expectProblem(await get(`/public/orders/${id}`), "order_not_found");
      expectProblem(await post(`/orders/${id}/cancel`), "order_not_found");
    }
    expect((await book("?instrument=ETH-USD")).bids).toHaveLength(1);
    expect(read(await get("/public/trades?instrument=ETH-USD"), 200, tradeList).trades).toEqual([]);
  });

  test("the public view reveals nothing about the owner", async () => {
    const { order_id } = await place({ client_id: "secret-client", idempotency_key: "secret-key" });
    const { text } = await get(`/public/orders/${order_id}`);
    expect(text).not.toContain("secret");
  });

  test("levels and limit bound the answer", async () => {
    for (const price of ["1", "2", "3"]) await place({ price, quantity: "1" });
    expect((await book("?levels=2")).bids.map(({ price }) => price)).toEqual(["3.00", "2.00"]);
    await placeMarket("sell", "2");
    const { trades } = read(await get("/public/trades?limit=1"), 200, tradeList);
    expect(trades.map(({ trade_id, price }) => [trade_id, price])).toEqual([[2, "2.00"]]);
  });
});

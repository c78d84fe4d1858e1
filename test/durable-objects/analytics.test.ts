import { abortAllDurableObjects, reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Clock } from "../../durable-objects/runtime/clock.ts";
import { candleList, clientStatistics, marketStatistics, ticker } from "../../protocol/analytics.ts";
import { CANDLE_INTERVALS, INTERVAL_MS } from "../../protocol/candle-interval.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import { expectProblem, get, place, placeMarket, read } from "../worker/client.ts";
import { eventually, raw } from "./feed/feed-client.ts";
import { expected, fixed, lots, observe, sum, ticks } from "./feed/market-observer.ts";

beforeEach(reset);
// A date that a test sets is the host's clock too.
beforeEach(() => void vi.spyOn(Clock.prototype, "wallMs").mockImplementation(() => Date.now()));
afterEach(() => void vi.restoreAllMocks());
afterEach(() => void vi.useRealTimers());

describe.each([51, 52, 53])("in a market of some hours, seed %i", (seed) => {
  test("every statistic equals its formula, applied to the observed trades and books", async () => {
    const seen = await observe(seed, 200);
    expect(seen.trades.length, "it trades").toBeGreaterThan(30);
    for (const minutes of [1, 10, 60, 1440]) {
      const { quoted, imbalance, sizes, ...exact } = expected(seen, minutes);
      const given = read(await get(`/analytics/market?minutes=${minutes}`), 200, marketStatistics);
      expect(given, `seed ${seed}, ${minutes} minutes`).toMatchObject(exact);
      expect(Number(given.quoted_share)).toBeCloseTo(quoted, 7);
      if (imbalance === null) expect(given.trade_imbalance).toBeNull();
      else expect(Number(given.trade_imbalance)).toBeCloseTo(imbalance, 7);
      const distribution = given.trade_sizes.flatMap(({ from, trades }) =>
        Array<number>(trades).fill(lots(from).toString(2).length - 1),
      );
      expect(distribution).toEqual(sizes.toSorted((a, b) => a - b));
    }
    const { bids = [], asks = [] } = seen.samples.at(-1) ?? {};
    const day = expected(seen, 1440);
    const prices = seen.trades.map(({ price }) => ticks(price));
    const [bid, ask] = [bids[0], asks[0]].map(
      (level) => level && { price: level.price, quantity: level.quantity },
    );
    const price = (each: number | undefined) => each && fixed(BigInt(each), 2);
    expect(read(await get("/public/ticker"), 200, ticker)).toMatchObject({
      bid: bid ?? null,
      ask: ask ?? null,
      last: price(prices.at(-1)),
      open: price(prices[0]),
      close: price(prices.at(-1)),
      high: price(Math.max(...prices)),
      low: price(Math.min(...prices)),
      change: fixed(BigInt((prices.at(-1) ?? 0) - (prices[0] ?? 0)), 2),
      volume: day.volume,
      notional: day.notional,
      vwap: day.vwap,
      trades: day.trades,
    });
  });

  test("candles of every interval equal those of the trades", async () => {
    const { trades, nowMs } = await observe(seed, 120);
    for (const interval of CANDLE_INTERVALS.filter((each) => each !== "1s")) {
      const stepMs = INTERVAL_MS[interval];
      const start = ({ time }: TradeView) => Math.floor(Date.parse(time) / stepMs) * stepMs;
      const groups = Map.groupBy(trades, start);
      const candles = [...groups].map(([startMs, group]) => {
        const prices = group.map(({ price }) => ticks(price));
        const price = (each: number | undefined) => fixed(BigInt(each ?? -1), 2);
        return {
          start: new Date(startMs).toISOString(),
          open: price(prices[0]),
          close: price(prices.at(-1)),
          high: price(Math.max(...prices)),
          low: price(Math.min(...prices)),
          volume: fixed(sum(group.map(({ quantity }) => lots(quantity))), 8),
          notional: fixed(sum(group.map((each) => BigInt(ticks(each.price)) * lots(each.quantity))), 10),
          trades: group.length,
        };
      });
      const from = new Date(nowMs - 999 * stepMs).toISOString();
      const list = read(await get(`/public/candles?interval=${interval}&from=${from}`), 200, candleList);
      expect(list.candles, `seed ${seed}, ${interval}`).toEqual(candles);
    }
  });
});

test("a client's trades are summed up by role and side, and outlive the object's memory", async () => {
  await place({ client_id: "ann", price: "100", quantity: "3" });
  await place({ client_id: "bob", side: "sell", type: "market", price: undefined, quantity: "1" });
  await abortAllDurableObjects();
  await place({ client_id: "bob", side: "sell", type: "market", price: undefined, quantity: "1" });
  await place({ client_id: "cat", side: "sell", price: "110", quantity: "2" });
  await place({ client_id: "ann", type: "market", price: undefined, quantity: "0.5" });
  const of = async (client: string) => read(await get(`/analytics/clients/${client}`), 200, clientStatistics);
  const role = (trades: number, volume: string, notional: string) => ({ trades, volume, notional });
  expect(await of("ann")).toEqual({
    instrument: "BTC-USD",
    client_id: "ann",
    maker: role(2, "2.00000000", "200.0000000000"),
    taker: role(1, "0.50000000", "55.0000000000"),
    bought: role(3, "2.50000000", "255.0000000000"),
    sold: role(0, "0.00000000", "0.0000000000"),
    average_buy_price: "102.000000",
    average_sell_price: null,
    net_quantity: "2.50000000",
  });
  expect(await of("bob")).toMatchObject({
    net_quantity: "-2.00000000",
    sold: { trades: 2 },
    maker: { trades: 0 },
  });
  expect(await of("nobody")).toMatchObject({ bought: { trades: 0 }, sold: { trades: 0 } });
});

test("before the first event, the answers are empty", async () => {
  expect(read(await get("/public/ticker"), 200, ticker)).toMatchObject({
    bid: null,
    last: null,
    vwap: null,
    trades: 0,
  });
  expect(read(await get("/analytics/market"), 200, marketStatistics)).toMatchObject({
    twap: null,
    average_spread: null,
  });
  expect(read(await get("/public/candles?interval=1m"), 200, candleList).candles).toEqual([]);
  const { socket, messages } = await raw("?channels=ticker");
  await eventually(() => messages.length >= 1);
  expect(Date.parse(String(messages[0]?.from))).toBeGreaterThan(Date.now() - INTERVAL_MS["1h"]);
  socket.close();
});

test("a subscriber of a sleeping market's ticker begins with the last day, not with an earlier one", async () => {
  await place({ quantity: "2" });
  await placeMarket("sell", "1");
  const early = await raw("?channels=ticker");
  await eventually(() => early.messages.length >= 1);
  expect(early.messages[0]).toMatchObject({ volume: "1.00000000", trades: 1 });
  vi.useFakeTimers({ now: Date.now() + 25 * INTERVAL_MS["1h"], toFake: ["Date"] });
  const late = await raw("?channels=ticker");
  await eventually(() => late.messages.length >= 1);
  const { time: _, ...now } = read(await get("/public/ticker"), 200, ticker);
  expect(late.messages[0]).toMatchObject({ ...now, volume: "0.00000000", last: "50000.00" });
  for (const { socket } of [early, late]) socket.close();
});

test("a market that slept for days has only its last price", async () => {
  await place({ quantity: "2" });
  await placeMarket("sell", "1");
  vi.useFakeTimers({ now: Date.now() + 3 * 86_400_000, toFake: ["Date"] });
  expect(read(await get("/public/ticker"), 200, ticker)).toMatchObject({
    last: "50000.00",
    open: null,
    trades: 0,
  });
  await place({ side: "sell", price: "60000" });
  const market = read(await get("/analytics/market?minutes=1440"), 200, marketStatistics);
  expect(market).toMatchObject({ trades: 0, twap: "50000.000000", quoted_share: "0.00000000" });
  expectProblem(
    await get("/public/candles?interval=4h&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z"),
    "history_unavailable",
  );
});

test("after a restart a candle of which only the end is known is not published", async () => {
  const [dayMs, hourMs] = [INTERVAL_MS["1d"], INTERVAL_MS["1h"]];
  const midnightMs = Math.ceil(Date.now() / dayMs) * dayMs;
  const at = (hours: number) => vi.useFakeTimers({ now: midnightMs + hours * hourMs, toFake: ["Date"] });
  at(1);
  await place({ quantity: "2" });
  await placeMarket("sell", "1");
  at(20);
  await placeMarket("sell", "0.5");
  at(34);
  await place({ price: "1" });
  await abortAllDurableObjects();
  const { socket, messages } = await raw("?channels=candles.1d,candles.1h");
  await eventually(() => messages.length === 2);
  const start = new Date(midnightMs + 20 * hourMs).toISOString();
  expect(messages).toMatchObject([{ candle: null }, { candle: { start, trades: 1 } }]);
  socket.close();
});

test.each([
  ["/public/candles", "missing_field", "interval"],
  ["/public/candles?interval=2m", "invalid_value", "interval"],
  ["/public/candles?interval=1m&from=yesterday", "invalid_value", "from"],
  ["/public/candles?interval=1m&from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z", "invalid_value", "from"],
  ["/public/candles?interval=1m&from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z", "invalid_value", "from"],
  ["/public/ticker?instrument=X", "instrument_unknown", "instrument"],
  ["/analytics/market?minutes=0", "invalid_value", "minutes"],
  ["/analytics/market?minutes=1441", "invalid_value", "minutes"],
  [`/analytics/clients/${"x".repeat(65)}`, "invalid_value", "client_id"],
] as const)("%s is refused: %s in %s", async (path, code, field) => {
  expectProblem(await get(path), code, field);
});

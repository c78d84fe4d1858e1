import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { shortList } from "../../durable-objects/runtime/short-list.ts";
import { type CandleView, candleList, ticker, tickerList } from "../../protocol/analytics.ts";
import { orderTrades, tradeList } from "../../protocol/market-data.ts";
import { orderList } from "../../protocol/order-entry.ts";
import { formatOrderId } from "../../protocol/order-id.ts";
import app from "../../worker/index.ts";
import { Random } from "../support/random.ts";
import { expectProblem, get, place, placeMarket, type Reply, read } from "./client.ts";

const MINUTE_MS = 60_000;

beforeEach(reset);
afterEach(() => void vi.useRealTimers());

/**
 * Reads a list from its beginning, page by page, each with the cursor of the previous page, until there is
 * none.
 */
async function walk(
  path: string,
  parameter: string,
  ask: (path: string) => Promise<Reply> = get,
): Promise<Reply[]> {
  const pages: Reply[] = [];
  for (let cursor: string | null = ""; cursor !== null && pages.length < 500; ) {
    const query: string = cursor === "" ? "" : `&${parameter}=${encodeURIComponent(cursor)}`;
    const page = await ask(path + query);
    expect(page.status, page.text).toBe(200);
    pages.push(page);
    cursor = page.headers.get("next-cursor");
  }
  expect(pages.at(-1)?.headers.get("next-cursor")).toBeNull();
  return pages;
}

test("the tickers of all instruments come in one call, each as in a call of its own", async () => {
  await place({ quantity: "2" });
  await placeMarket("sell", "1");
  await place({ instrument: "ETH-USD", price: "3000" });
  const { tickers } = read(await get("/public/tickers"), 200, tickerList);
  expect(tickers.map(({ instrument }) => instrument)).toEqual(["BTC-USD", "ETH-USD", "RULES-USD"]);
  expect(tickers.map(({ last, bid }) => [last, bid?.price])).toEqual([
    ["50000.00", "50000.00"],
    [null, "3000.00"],
    [null, undefined],
  ]);
  for (const { time: _, from: __, ...each } of tickers) {
    const alone = read(await get(`/public/ticker?instrument=${each.instrument}`), 200, ticker);
    expect(alone).toMatchObject(each);
  }
  expect(read(await get("/public/ticker"), 200, ticker).instrument).toBe("BTC-USD");
  expectProblem(await get("/public/tickers?instrument=BTC-USD"), "unknown_field", "instrument");
});

describe.each([1, 2])("by cursors (seed %i)", (seed) => {
  test("the trades of an instrument, of an order, and a client's open orders are read completely", async () => {
    const random = new Random(seed);
    const maker = await place({ side: "sell", price: "100", quantity: "100", client_id: "maker" });
    for (let count = random.between(20, 30); count > 0; count--) {
      const isOther = random.chance(0.3);
      if (isOther) await place({ side: "sell", price: "99", quantity: "0.5", client_id: "other" });
      await place({ price: "100", quantity: "0.5", client_id: "taker" });
      const instrument = random.pick(["BTC-USD", "ETH-USD"]);
      await place({ instrument, price: "90", client_id: "rests" });
    }
    const lists: readonly { path: string; items: (page: Reply) => readonly unknown[] }[] = [
      { path: "/public/trades?", items: (page: Reply) => read(page, 200, tradeList).trades },
      {
        path: `/orders/${maker.order_id}/trades?`,
        items: (page: Reply) => read(page, 200, orderTrades).trades,
      },
      ...["", "&instrument=ETH-USD"].map((of) => ({
        path: `/orders?client_id=rests&status=open${of}&`,
        items: (page: Reply) => read(page, 200, orderList).orders,
      })),
    ];
    for (const { path, items } of lists) {
      const all = await get(`${path}limit=1000`);
      expect(all.headers.get("next-cursor"), path).toBeNull();
      const whole = items(all);
      for (const limit of [1, random.between(2, 9), whole.length, whole.length + 1]) {
        const pages = await walk(`${path}limit=${limit}`, "before");
        expect(pages.flatMap(items), `${path}limit=${limit}`).toEqual(whole);
        const lengths = pages.map((page) => items(page).length);
        expect(
          lengths.slice(0, -1).every((length) => length === limit),
          `${path} ${lengths}`,
        ).toBe(true);
      }
    }
    const none = await get("/orders?client_id=nobody&status=open");
    expect(none.headers.get("next-cursor")).toBeNull();
  });

  test("all candles are read, even across times without any", async () => {
    const random = new Random(seed);
    let nowMs = Date.UTC(2031, 0, 1) + random.below(MINUTE_MS);
    vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
    expect((await get("/public/candles?interval=1m")).headers.get("next-cursor")).toBeNull();
    await place({ side: "sell", price: "100", quantity: "100", client_id: "maker" });
    const minutes = new Set<number>();
    for (let count = 0; count < 25; count++) {
      nowMs += random.pick([1, 20, 130]) * random.between(1, MINUTE_MS);
      vi.setSystemTime(nowMs);
      await place({ price: "100", quantity: "0.5", client_id: "taker" });
      minutes.add(nowMs - (nowMs % MINUTE_MS));
    }
    const pages = await walk("/public/candles?interval=1m", "to");
    expect(pages.length).toBeGreaterThan(1);
    const candles = pages.map((page) => read(page, 200, candleList).candles);
    const starts = candles
      .reverse()
      .flat()
      .map(({ start }: CandleView) => Date.parse(start));
    expect(starts).toEqual([...minutes]);
    // With a start time, the range is requested as a whole.
    const from = `&from=${new Date(nowMs - 10 * MINUTE_MS).toISOString()}`;
    expect((await get(`/public/candles?interval=1m${from}`)).headers.get("next-cursor")).toBeNull();
  });

  test("orders with the longest names are read completely, from instruments that cut their lists short", async () => {
    const random = new Random(seed);
    // One list is full, with room for a short order. The other list has one, with a later time.
    const orders = Array.from({ length: 3_000 }, (_, index) => ({
      instrument: index % 1_000 < 600 ? "BTC-USD" : random.pick(["BTC-USD", "ETH-USD"]),
      order_id: formatOrderId({ timeMs: 9_000 - index, instrumentNumber: 1, orderNumber: 9_000 - index }),
    })).map((order) => ({
      ...order,
      padding: "x".repeat(order.instrument === "BTC-USD" ? random.between(1_400, 1_650) : 10),
    }));
    const stubOf = (instrument: string) => ({
      readOpenOrders: async ({ limit, before = "~" }: { limit: number; before?: string }) => {
        const own = orders.filter((each) => each.instrument === instrument && each.order_id < before);
        const covers = [{ instrument, as_of_sequence: 1 }];
        return JSON.stringify({ client_id: "ada", covers, orders: [...shortList(own.slice(0, limit))] });
      },
    });
    const bindings = {
      ...env,
      INSTRUMENTS: [...(env.INSTRUMENTS as object[])],
      INSTRUMENT: { idFromName: (name: string) => name, get: stubOf },
    };
    const ask = async (path: string): Promise<Reply> => {
      const request = new Request(`http://venue.test${path}`);
      const response = await app.fetch(request, bindings as never, createExecutionContext());
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    const items = (page: Reply) => JSON.parse(page.text).orders as typeof orders;
    for (const limit of [1_000, 700, 490]) {
      for (const instrument of [undefined, "ETH-USD"]) {
        const of = instrument === undefined ? "" : `&instrument=${instrument}`;
        const pages = await walk(`/orders?client_id=ada&status=open&limit=${limit}${of}`, "before", ask);
        const ids = pages.flatMap(items).map(({ order_id }) => order_id);
        const expected = orders.filter((each) => instrument === undefined || each.instrument === instrument);
        expect(ids, `${limit}${of}`).toEqual(expected.map(({ order_id }) => order_id));
        expect(Math.max(...pages.map(({ text }) => text.length))).toBeLessThan(1_000_000);
      }
    }
  });
});

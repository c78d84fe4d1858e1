import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as z from "zod";
import { candleList } from "../../protocol/analytics.ts";
import { INTERVAL_MS } from "../../protocol/candle-interval.ts";
import { type TradeView, tradeList } from "../../protocol/market-data.ts";
import { orderList, readOrder } from "../../protocol/order-entry.ts";
import { problem } from "../../protocol/problem.ts";
import { databaseKinds, title, withClient } from "../gateway/services.ts";
import { Scene } from "./scene.ts";

for (const kind of await databaseKinds()) {
  describe.skipIf(kind.reason !== null)(title(`history on ${kind.name}`, kind.reason), () => {
    let scene: Scene;
    let lastSequence = 0;

    beforeAll(async () => {
      scene = await Scene.open(kind.name);
      await scene.trade(8);
      lastSequence = (await scene.drained()).last_sequence;
    });
    afterAll(() => scene?.close());

    async function read<T extends z.ZodType>(path: string, schema: T, status = 200): Promise<z.output<T>> {
      const answer = await scene.http.get(path);
      expect(answer.status, answer.body).toBe(status);
      return schema.parse(JSON.parse(answer.body));
    }

    test("pages continue in Postgres after the instrument's memory ends, digit for digit", async () => {
      const { trades: early } = await read("/public/trades?limit=1000", tradeList);
      const held = await read(`/public/trades?limit=5&before=${early[0]?.trade_id}`, tradeList);
      expect(held).toMatchObject({ source: "engine", instrument: "BTC-USD", trades: early.slice(1, 6) });
      await scene.place({ side: "sell", type: "limit", price: 70_000, quantity: 2000 });
      for (let count = 0; count < 1100; count += 50) {
        const order = { side: "buy", type: "limit", price: 70_000, quantity: 1, client_id: "many" };
        await Promise.all(Array.from({ length: 50 }, () => scene.place(order)));
      }
      lastSequence = (await scene.drained()).last_sequence;
      const { trades: newest } = await read("/public/trades?limit=1000", tradeList);
      const second = await read(`/public/trades?limit=400&before=${newest[899]?.trade_id}`, tradeList);
      const first = Number(newest[900]?.trade_id);
      const numbers = second.trades.map(({ trade_id }) => trade_id);
      expect(numbers).toEqual(Array.from({ length: Math.min(400, first) }, (_, index) => first - index));
      expect(second.as_of_sequence).toBe(lastSequence);
      // The instrument has the newest thousand. History now returns the trades before them as the instrument
      // did.
      expect(newest.at(-1)?.trade_id).toBeGreaterThan(Number(early[0]?.trade_id));
      const shipped = await read(
        `/public/trades?limit=1000&before=${Number(early[0]?.trade_id) + 1}`,
        tradeList,
      );
      expect(shipped.trades).toEqual(early);
      const last = await read("/public/trades?limit=10&before=2", tradeList);
      expect(last.trades.map(({ trade_id }) => trade_id)).toEqual([1]);
      expect((await read("/public/trades?before=1", tradeList)).trades).toEqual([]);
    });

    test("candles of seconds are read from Postgres, those of minutes from the instrument, and both are correct", async () => {
      await scene.drained();
      const trades: TradeView[] = [];
      for (let before = Number.MAX_SAFE_INTEGER / 10; before > 1; ) {
        const path = `/public/trades?limit=1000&before=${Math.floor(before)}`;
        const page = (await read(path, tradeList)).trades;
        trades.unshift(...page.toReversed());
        before = page.at(-1)?.trade_id ?? 1;
      }
      const from = new Date(Date.now() - 900_000).toISOString();
      for (const interval of ["1s", "1m"] as const) {
        const list = await read(`/public/candles?interval=${interval}&from=${from}`, candleList);
        expect("as_of_sequence" in list).toBe(interval === "1s");
        const stepMs = INTERVAL_MS[interval];
        const groups = Map.groupBy(trades, ({ time }) => Math.floor(Date.parse(time) / stepMs) * stepMs);
        const expected = [...groups].map(([startMs, group]) => {
          const prices = group.map(({ price }) => price).sort((a, b) => Number(a) - Number(b));
          return {
            start: new Date(startMs).toISOString(),
            open: group[0]?.price,
            close: group.at(-1)?.price,
            high: prices.at(-1),
            low: prices[0],
            trades: group.length,
          };
        });
        expect(list.candles.map(({ volume: _, notional: __, ...candle }) => candle)).toEqual(expected);
        const volume = list.candles.reduce((sum, candle) => sum + Number(candle.volume), 0);
        expect(volume).toBeCloseTo(
          trades.reduce((sum, { quantity }) => sum + Number(quantity), 0),
          5,
        );
      }
    });

    test("a client's orders come newest first, in consecutive pages", async () => {
      const list = await read("/orders?client_id=ada&limit=1000", orderList);
      expect(list.covers).toEqual([{ instrument: "BTC-USD", as_of_sequence: lastSequence }]);
      const numbers = list.orders.map(({ sequence }) => sequence);
      expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
      expect(list.orders.every(({ client_id }) => client_id === "ada")).toBe(true);
      expect(new Set(list.orders.map(({ status }) => status))).toEqual(
        new Set(["filled", "partially_filled", "cancelled"]),
      );
      const paged = [];
      for (let before = ""; ; ) {
        const { orders } = await read(`/orders?client_id=ada&instrument=BTC-USD&limit=4${before}`, orderList);
        if (orders.length === 0) break;
        paged.push(...orders);
        before = `&before=${orders.at(-1)?.order_id}`;
      }
      expect(paged).toEqual(list.orders);
      for (const { client_id: _, ...order } of list.orders.slice(0, 20)) {
        expect(await read(`/public/orders/${order.order_id}`, readOrder)).toEqual(order);
      }
      expect((await read("/orders?client_id=nobody", orderList)).orders).toEqual([]);
    });

    test("no read returns an idempotency key: only the answer to its own request does", async () => {
      const [first] = (await read("/orders?client_id=ada&limit=1", orderList)).orders;
      const { rows } = await withClient(scene.database.url, (client) =>
        client.query("SELECT idempotency_key FROM orders WHERE order_id = $1", [first?.order_id]),
      );
      expect(rows).toEqual([{ idempotency_key: expect.stringMatching(/^key-\d+$/) }]);
      for (const path of ["/orders?client_id=ada&limit=1000", `/public/orders/${first?.order_id}`]) {
        expect((await scene.http.get(path)).body, path).not.toMatch(/idempotency_key|"key-/);
      }
    });

    test("an order that the instrument does not have is searched in history", async () => {
      const { orders } = await read("/orders?client_id=ada&limit=1", orderList);
      const { client_id: _, ...known } = orders[0] ?? expect.fail("ada has orders");
      const order_id = `${known.order_id.slice(0, -4)}ffff`;
      await withClient(scene.database.url, (client) =>
        client.query(
          `INSERT INTO orders SELECT $1, instrument, epoch, order_number, client_id, idempotency_key, side, type, price,
             quantity, filled_quantity, remaining_quantity, cancelled_quantity, filled_notional, status, cancel_reason,
             price_ticks, quantity_lots, filled_lots, priority_sequence, updated_sequence, accepted_at, updated_at,
             client_order_id, prevented_quantity, prevented_lots, self_trade_prevention, terms
           FROM orders WHERE order_id = $2`,
          [order_id, known.order_id],
        ),
      );
      const gone = await read(`/public/orders/${order_id}`, readOrder);
      expect(gone).toEqual({ ...known, order_id: known.order_id, as_of_sequence: lastSequence });
      const absent = await read(`/public/orders/${known.order_id.slice(0, -4)}fffe`, problem, 404);
      expect(absent.code).toBe("order_not_found");
    });

    test("without its database, history is unavailable, and everything else works", async () => {
      await scene.stopGateway();
      const paths = [
        "/orders?client_id=ada",
        "/public/trades?before=9&limit=20",
        `/public/orders/019c1f2a-7b3c-8001-8000-00000000ffff`,
      ];
      for (const path of paths)
        expect((await read(path, problem, 503)).code, path).toBe("history_unavailable");
      await read("/public/trades", tradeList);
      await scene.trade(1);
      await scene.startGateway();
      await read("/orders?client_id=ada", orderList);
    });
  });
}

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderTrades } from "../../protocol/market-data.ts";
import { databaseKinds, title } from "../gateway/services.ts";
import { eventually, redisServerReason } from "../mirror/mirrored-venue.ts";
import { startRecoveryScene } from "./recovery-scene.ts";

const redisMissing = await redisServerReason();

for (const kind of await databaseKinds()) {
  const reason = kind.reason ?? redisMissing;
  describe.skipIf(reason !== null)(title(`the trades of an order, on ${kind.name}`, reason), () => {
    let scene: Awaited<ReturnType<typeof startRecoveryScene>>;

    beforeAll(async () => {
      scene = await startRecoveryScene(kind.name, async () => ({ JOURNAL_EVENTS_RETAINED: "0" }));
    });
    afterAll(() => scene?.stop());

    /** Makes a number of buyers take one lot each. */
    const take = async (count: number) => {
      const entry = { action: "place", side: "buy", type: "limit", price: 40_000, quantity: 1 };
      const entries = Array.from({ length: count }, () => entry);
      const body = JSON.stringify({ instrument: "BTC-USD", client_id: "taker", answers: "brief", entries });
      const answer = await scene.venue.http.post("/orders/batch", body);
      expect(answer.status, answer.body.slice(0, 500)).toBe(200);
    };

    /** All trades of an order, page by page, and whether history was read. */
    const pages = async (orderId: string, limit: number) => {
      const ids: number[] = [];
      let hasHistory = false;
      for (let query = `limit=${limit}`; ; ) {
        const read = await scene.venue.read(`/orders/${orderId}/trades?${query}`);
        const { order_id, trades, as_of_sequence } = orderTrades.parse(read);
        expect(order_id).toBe(orderId);
        hasHistory ||= as_of_sequence !== undefined;
        if (trades.length === 0) return { ids, hasHistory };
        for (const { trade_id, maker_order_id, taker_order_id } of trades) {
          expect([maker_order_id, taker_order_id]).toContain(orderId);
          ids.push(trade_id);
        }
        query = `limit=${limit}&before=${ids.at(-1)}`;
      }
    };

    const down = (from: number, to: number) =>
      Array.from({ length: from - to + 1 }, (_, index) => from - index);

    test("come page by page from the journal, from Postgres, and from both, without gaps or duplicates", async () => {
      // Neither the first nor the last trades belong to the order.
      await scene.place({ client_id: "other", side: "sell", quantity: 3 });
      await take(3);
      const { body: maker } = await scene.place({ client_id: "maker", side: "sell", quantity: 2_900 });
      for (let batch = 0; batch < 5; batch++) await take(500);
      const expected = down(2_503, 4);
      expect((await pages(maker.order_id, 400)).ids).toEqual(expected);
      await scene.shipped();
      expect((await pages(maker.order_id, 1_000)).ids).toEqual(expected);
      await eventually(async () => expect((await pages(maker.order_id, 1_000)).hasHistory).toBe(true));
      expect((await pages(maker.order_id, 700)).ids).toEqual(expected);
      // Shipping stops, so only the journal has the newest trades.
      const { faults } = scene.servers.gateway;
      faults.add({ target: "postgres", kind: "refuse", contains: "expect_watermark", count: 1_000_000 });
      await take(350);
      const more = down(2_853, 4);
      for (const limit of [1_000, 350, 7 * 50 + 1]) {
        const both = await pages(maker.order_id, limit);
        expect({ ...both, limit }).toEqual({ ids: more, hasHistory: true, limit });
      }
      const { body: taker } = await scene.place({ client_id: "taker", quantity: 2 });
      expect((await pages(taker.order_id, 50)).ids).toEqual([2_854]);
      faults.clear();
      // For a young order the journal suffices, whatever happens to Postgres.
      faults.add({ target: "postgres", kind: "refuse", count: 1_000_000 });
      expect(await pages(taker.order_id, 50)).toEqual({ ids: [2_854], hasHistory: false });
      const away = await scene.venue.http.get(`/orders/${maker.order_id}/trades?limit=1000`);
      expect([away.status, JSON.parse(away.body).code]).toEqual([503, "history_unavailable"]);
      faults.clear();
      await scene.shipped();
      expect((await pages(maker.order_id, 1_000)).ids).toEqual(down(2_854, 4));
    });

    test("of an unknown order are refused", async () => {
      for (const [path, status, code] of [
        ["00000000-0000-8001-8001-000000000001/trades", 404, "order_not_found"],
        ["x/trades", 400, "malformed_order_id"],
        ["00000000-0000-8001-8001-000000000001/trades?limit=0", 400, "invalid_value"],
        ["00000000-0000-8001-8001-000000000001/trades?source=engine", 400, "unknown_field"],
      ] as const) {
        const answer = await scene.venue.http.get(`/orders/${path}`);
        expect([answer.status, JSON.parse(answer.body).code], path).toEqual([status, code]);
      }
    });
  });
}

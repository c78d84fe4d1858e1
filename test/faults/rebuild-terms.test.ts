import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseKinds, title } from "../gateway/services.ts";
import { eventually, redisServerReason } from "../mirror/mirrored-venue.ts";
import { startRecoveryScene } from "./recovery-scene.ts";

const redisMissing = await redisServerReason();
const CLIENTS = ["ice", "stops", "pair", "ends", "stp", "queue", "flow"];
const HOUR_MS = 3_600_000;

for (const kind of await databaseKinds()) {
  const reason = kind.reason ?? redisMissing;
  describe.skipIf(reason !== null)(
    title(`an instrument with orders of every kind whose storage is lost, on ${kind.name}`, reason),
    () => {
      let scene: Awaited<ReturnType<typeof startRecoveryScene>>;

      beforeAll(async () => {
        scene = await startRecoveryScene(kind.name);
      });
      afterAll(() => scene?.stop());

      /** Places an order that is accepted, and returns it. */
      const take = async (fields: object) => {
        const { status, body } = await scene.place({ client_id: "flow", ...fields });
        expect(status, JSON.stringify(body)).toBe(201);
        return body;
      };

      /** Makes one unit trade at a price between the best ones. */
      const tradeAt = async (price: number) => {
        await take({ side: "sell", price, quantity: 1 });
        const bought = await take({ client_id: "buyer", price, quantity: 1 });
        expect(bought.trades).toMatchObject([{ price: `${price}.00` }]);
      };

      const amend = async (orderId: string, amendment: object) => {
        const answer = await scene.venue.http.post(`/orders/${orderId}/amend`, JSON.stringify(amendment));
        expect(answer.status, answer.body).toBe(200);
      };

      const open = async (clientId: string) =>
        (await scene.venue.read(`/orders?status=open&client_id=${clientId}`)).orders;

      const everything = async () => {
        const {
          epoch: _,
          sequence: __,
          time: ___,
          ...book
        } = await scene.venue.read("/public/orderbook?levels=1000&source=engine");
        const { trading_status, until, indicative } = await scene.venue.read("/public/status");
        return {
          book,
          status: { trading_status, until, indicative },
          orders: await Promise.all(CLIENTS.map(open)),
        };
      };

      const setStatus = async (status: string, forSeconds?: number) => {
        const change = { status, for_seconds: forSeconds };
        expect((await scene.operate("trading-status", "POST", change)).status).toBe(200);
      };

      /** Loses the storage and rebuilds it. Everything must be as before. */
      const rebuild = async () => {
        await scene.shipped();
        const before = await everything();
        await scene.loseStorage();
        expect(await scene.operate("rebuild")).toMatchObject({
          status: 200,
          body: { orders_ahead: 0, is_hash_compared: true },
        });
        await scene.operate("unfreeze");
        expect(await everything()).toEqual(before);
        await scene.agrees();
      };

      const orderNow = async (orderId: string) => scene.venue.read(`/public/orders/${orderId}`);

      test("is rebuilt with each order's terms and place, and continues with them", async () => {
        await tradeAt(100);
        const iceberg = await take({
          client_id: "ice",
          side: "sell",
          price: 110,
          quantity: 10,
          display_quantity: 2,
        });
        // A slice is used up, and a part of the next one.
        await take({ client_id: "buyer", price: 110, quantity: 3 });
        await tradeAt(100);
        const stop = await take({
          client_id: "stops",
          side: "sell",
          type: "stop",
          price: undefined,
          stop_price: 90,
        });
        // The stop is moved away while a trade passes its old price, and then back: that trade did not reach
        // it.
        await amend(stop.order_id, { stop_price: 80 });
        await tradeAt(85);
        await tradeAt(100);
        await amend(stop.order_id, { stop_price: 90 });
        const trailing = await take({
          client_id: "stops",
          side: "sell",
          type: "trailing_stop",
          price: undefined,
          trailing_amount: 5,
        });
        await tradeAt(103);
        await tradeAt(101);
        const stopLimit = await take({
          client_id: "stops",
          type: "stop_limit",
          stop_price: 107,
          price: 108,
          client_order_id: "named",
        });
        const pairRequest = JSON.stringify({
          client_id: "pair",
          instrument: "BTC-USD",
          side: "sell",
          quantity: 1,
          price: 130,
          stop_price: 70,
          stop_limit_price: 69,
          idempotency_key: "pair",
        });
        const pair = await scene.venue.http.post("/orders/oco", pairRequest);
        expect(pair.status, pair.body).toBe(201);
        const expires_at = new Date(Date.now() + HOUR_MS).toISOString();
        await take({ client_id: "ends", price: 50, time_in_force: "gtd", expires_at });
        await take({ client_id: "ends", price: 51, time_in_force: "day" });
        const postOnly = { client_id: "ends", price: 52, post_only: true, idempotency_key: "post" };
        await take(postOnly);
        await take({ client_id: "stp", price: 60, quantity: 5, stp_group: "desk" });
        await take({
          client_id: "stp",
          side: "sell",
          price: 60,
          quantity: 2,
          stp_group: "desk",
          self_trade_prevention: "decrement",
        });
        const first = await take({ client_id: "queue", price: 55, quantity: 1 });
        await take({ client_id: "queue", price: 55, quantity: 2 });
        await amend(first.order_id, { quantity: 3 });

        await rebuild();

        expect(await scene.place(postOnly)).toMatchObject({ status: 201, isReplay: true });
        expect((await scene.venue.http.post("/orders/oco", pairRequest)).isReplay).toBe(true);
        // Only a trade triggers a stop.
        await tradeAt(100);
        expect((await orderNow(stop.order_id)).status).toBe("waiting");
        expect((await orderNow(trailing.order_id)).status).toBe("waiting");
        // Bids that the stops can sell to.
        await take({ price: 97, quantity: 1 });
        await take({ price: 96, quantity: 1 });
        await tradeAt(98);
        expect(await orderNow(trailing.order_id)).toMatchObject({
          status: "filled",
          average_price: "97.000000",
        });
        expect((await orderNow(stop.order_id)).status).toBe("waiting");
        await take({ client_id: "buyer", price: 108, quantity: 1, side: "sell" });
        await tradeAt(107);
        expect((await orderNow(stopLimit.order_id)).average_price).toBe("108.000000");
        // The slice that was begun continues before the next one.
        const taken = await take({ client_id: "buyer", price: 110, quantity: 2 });
        expect(taken.trades).toMatchObject([
          { quantity: "1.00000000", maker_order_id: iceberg.order_id },
          { quantity: "1.00000000", maker_order_id: iceberg.order_id },
        ]);
        const [stopLeg, limitLeg] = await open("pair");
        expect([stopLeg.linked_order_id, limitLeg.linked_order_id]).toEqual([
          limitLeg.order_id,
          stopLeg.order_id,
        ]);
        expect((await scene.venue.http.post(`/orders/${limitLeg.order_id}/cancel`)).status).toBe(200);
        expect(await open("pair")).toEqual([]);
        const queue = await take({ client_id: "seller", side: "sell", type: "market", price: undefined });
        expect(queue.trades).toHaveLength(1);
        await scene.agrees();
      });

      test("is rebuilt halted, and the halt continues", async () => {
        await tradeAt(100);
        await setStatus("halted", 600);
        await rebuild();
        expect(await scene.place({ price: 40 })).toMatchObject({
          status: 409,
          body: { code: "trading_halted" },
        });
        await setStatus("trading");
      });

      test("is rebuilt in an auction that collects crossing orders, and uncrosses them", async () => {
        await setStatus("auction");
        await take({ client_id: "queue", side: "sell", price: 99, quantity: 2 });
        await take({ price: 105, quantity: 2 });
        await rebuild();
        const { indicative } = await scene.venue.read("/public/status");
        expect(indicative).toMatchObject({ quantity: "2.00000000" });
        await setStatus("trading");
        await eventually(async () => {
          const { trades } = await scene.venue.read("/public/trades?limit=1&source=engine");
          expect(trades).toMatchObject([{ quantity: "2.00000000", price: indicative.price }]);
        });
        await scene.agrees();
      });
    },
  );
}

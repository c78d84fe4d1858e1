import { reset } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { type OrderView, placedOrder } from "../../../protocol/order-entry.ts";
import { expectOneState, ORDER, type Reply, read } from "../client.ts";
import { bodyOf, clientOf, GATEWAYS, inGateway, post, send } from "./gateway-scene.ts";

beforeEach(reset);

const [ONE, OTHER] = [clientOf(0), clientOf(1)] as const;
const isLinked = (index: number) => inGateway(index, (object) => object.linkOf("BTC-USD") !== undefined);

test("orders, their repeats, cancels and amendments through two gateways", async () => {
  const first = await post("/orders", { ...ORDER, client_id: ONE, idempotency_key: "k" });
  const { order_id } = read(first, 201, placedOrder);
  const second = await post("/orders", { ...ORDER, client_id: OTHER, idempotency_key: "k" });
  read(second, 201, placedOrder);
  expect([await isLinked(0), await isLinked(1)]).toEqual([true, true]);

  // The same gateway; with another number of gateways another one; and none.
  for (const gateways of [2, 1, 3, 5, 64, 0]) {
    const repeat = await post("/orders", { ...ORDER, client_id: ONE, idempotency_key: "k" }, gateways);
    expect([repeat.status, repeat.text], `${gateways}`).toEqual([201, first.text]);
    expect(repeat.headers.get("idempotency-replayed"), `${gateways}`).toBe("true");
  }
  const amended = await post(`/orders/${order_id}/amend`, { quantity: "0.25" });
  expect(await bodyOf(amended)).toMatchObject({ order_id, quantity: "0.25000000" });
  expect(await bodyOf(post(`/orders/${order_id}/cancel`))).toMatchObject({ order_id, status: "cancelled" });
  const again = await post(`/orders/${order_id.toUpperCase()}/cancel`);
  expect([again.status, (await bodyOf(again)).code]).toEqual([409, "order_closed"]);
  await expectOneState();
});

test("batches, pairs, cancel-all and cancel-after", async () => {
  const { client_id: _, instrument, ...entry } = { action: "place", ...ORDER };
  const batch = await post("/orders/batch", { instrument, client_id: ONE, entries: [entry, entry] });
  expect(batch.status, batch.text).toBe(200);
  expect((await bodyOf(batch)).results).toHaveLength(2);
  const all = await bodyOf(post("/orders/cancel-all", { client_id: ONE }));
  expect(all.results.map(({ instrument }: OrderView) => instrument)).toEqual([
    "BTC-USD",
    "ETH-USD",
    "RULES-USD",
  ]);
  expect(all.results[0].orders).toHaveLength(2);
  const timer = await bodyOf(
    post("/orders/cancel-after", { client_id: ONE, instrument: "BTC-USD", seconds: 60 }),
  );
  expect(timer.results[0]).toMatchObject({ instrument: "BTC-USD" });
});

test("reads, health and metrics are what they are without gateways", async () => {
  const { order_id } = await bodyOf(post("/orders", { ...ORDER, client_id: ONE, client_order_id: "mine" }));
  await post("/orders", { ...ORDER, client_id: OTHER, side: "sell", quantity: "0.1" });
  for (const path of [
    "/public/orderbook?levels=5",
    "/public/trades",
    "/public/trades?before=100",
    "/public/status",
    "/public/ticker",
    "/public/tickers",
    "/public/stats",
    "/public/candles",
    `/public/orders/${order_id}`,
    `/orders/${order_id}/trades`,
    `/orders?client_id=${ONE}&status=open`,
    `/orders/by-client-id/mine?client_id=${ONE}`,
    "/public/orderbook?instrument=NOPE-USD",
    `/orders/${order_id}x/cancel`,
  ]) {
    const [through, direct] = [await send(path), await send(path, {}, 0)];
    const withoutTime = ({ text }: Reply) => text.replace(/"time":"[^"]*"/g, "");
    expect([path, through.status, withoutTime(through)]).toEqual([path, direct.status, withoutTime(direct)]);
  }
  for (const path of ["/healthz", "/metrics"]) expect((await send(path)).status).toBe(200);
});

test("refusals keep their status and code", async () => {
  const replies = await Promise.all([
    post("/orders", { ...ORDER, client_id: ONE, quantity: "0" }),
    post("/orders", { ...ORDER, client_id: ONE, instrument: "NOPE-USD" }),
    post("/orders/00000000-0000-8001-8000-000000000001/cancel"),
    post("/orders/nothing/cancel"),
  ]);
  expect(replies.map(({ status }) => status)).toEqual([422, 404, 404, 400]);
});

test("200 concurrent orders of a client keep their order, in fewer messages than calls", async () => {
  const clients = [clientOf(0, "a"), clientOf(1, "b")];
  const orders = clients.map((client_id) =>
    Promise.all(Array.from({ length: 200 }, () => bodyOf(post("/orders", { ...ORDER, client_id })))),
  );
  for (const answers of await Promise.all(orders)) {
    const sequences = answers.map(({ sequence }) => sequence);
    expect(sequences).toHaveLength(200);
    expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
  }
  const messages = await Promise.all(
    Array.from({ length: GATEWAYS }, (_, index) =>
      inGateway(index, (object) => object.linkOf("BTC-USD")?.counts),
    ),
  );
  for (const counts of messages) {
    expect(counts).toMatchObject({ calls: 200, reconnects: 0 });
    expect(counts?.frames).toBeLessThan(100);
  }
});

test("what names nobody goes by its instrument, and what changes an order by the order", async () => {
  const { order_id } = await bodyOf(post("/orders", { ...ORDER, client_id: ONE }, 0));
  await Promise.all(Array.from({ length: 5 }, () => post(`/orders/${order_id}/amend`, { quantity: "0.4" })));
  await Promise.all(Array.from({ length: 5 }, () => send("/public/status")));
  const counts = await Promise.all(
    [0, 1].map((index) => inGateway(index, (object) => object.linkOf("BTC-USD")?.counts.calls ?? 0)),
  );
  expect(counts.reduce((sum, count) => sum + count)).toBe(10);
  expect(counts.every((count) => count % 5 === 0)).toBe(true);
});

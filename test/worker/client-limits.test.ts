import { expect, test } from "vitest";
import { instrumentList } from "../../protocol/market-data.ts";
import { problem } from "../../protocol/problem.ts";
import { expectProblem, get, ORDER, place, post, read } from "./client.ts";

/** An instrument whose configuration does not set these limits. */
const INSTRUMENT = "ETH-USD";
const RESTING = { ...ORDER, instrument: INSTRUMENT, client_id: "client-L", price: 1, quantity: 1 };

/** Places copies of an order in batches. @returns the code of each that was rejected. */
async function placeMany(order: Record<string, unknown>, count: number): Promise<(string | undefined)[]> {
  const { instrument: _, ...entry } = order;
  const entries = Array.from({ length: count }, () => ({ action: "place", ...entry }));
  const reply = await post("/orders/batch", { instrument: INSTRUMENT, answers: "brief", entries });
  const { results } = JSON.parse(reply.text) as { results: { status: number; body: unknown }[] };
  return results.filter(({ status }) => status !== 201).map(({ body }) => problem.parse(body).code);
}

test("an instrument shows its default limits", async () => {
  const { instruments } = read(await get("/public/instruments"), 200, instrumentList);
  expect(instruments.find(({ instrument }) => instrument === INSTRUMENT)).toMatchObject({
    maximum_open_orders_per_client: 1_000,
    maximum_waiting_stops_per_client: 200,
    maximum_waiting_stops: 50_000,
    maximum_trailing_stops: 1_000,
    maximum_iceberg_slices: 100,
    maximum_keys_per_client: 1_000_000,
  });
});

test("a client has at most 1,000 open orders, and may place more when one has ended; other clients are not affected", async () => {
  expect(await placeMany(RESTING, 1_000)).toEqual([]);
  expectProblem(await post("/orders", RESTING), "too_many_open_orders");
  // An order with terms takes another path through the engine.
  expectProblem(await post("/orders", { ...RESTING, post_only: true }), "too_many_open_orders");
  await place({ ...RESTING, client_id: "client-M", price: 2 });
  await place({ ...RESTING, type: "market", price: undefined, side: "sell" });
  const taken = await place({ ...RESTING, client_id: "client-M", side: "sell", price: 1 });
  expect(taken.status).toBe("filled");
  await place(RESTING);
  expectProblem(await post("/orders", RESTING), "too_many_open_orders");
});

test("at most 200 stops of a client wait", async () => {
  const stop = { ...RESTING, client_id: "client-N", type: "stop", price: undefined, stop_price: 900 };
  expect(await placeMany(stop, 201)).toEqual(["too_many_waiting_stops"]);
  expectProblem(await post("/orders", stop), "too_many_waiting_stops");
  await place({ ...stop, client_id: "client-O" });
  await place({ ...RESTING, client_id: "client-N" });
});

test("an iceberg has at most 100 slices", async () => {
  const iceberg = { ...RESTING, client_id: "client-N", quantity: 101, display_quantity: 1 };
  expectProblem(await post("/orders", iceberg), "too_many_slices", "display_quantity");
  const { order_id } = await place({ ...iceberg, quantity: 100 });
  expectProblem(await post(`/orders/${order_id}/amend`, { quantity: 101 }), "too_many_slices", "quantity");
});

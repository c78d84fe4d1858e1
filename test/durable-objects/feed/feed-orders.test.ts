import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { orderList, placedOrder } from "../../../protocol/order-entry.ts";
import { cancelAllAnswer } from "../../../protocol/order-group.ts";
import { get, ORDER, place, read } from "../../worker/client.ts";
import { eventually, FeedClient, openSocket } from "./feed-client.ts";

beforeEach(reset);

const LIMIT = { side: "buy", type: "limit", price: "100", quantity: "1" } as const;

async function openPrices(clientId: string): Promise<number[]> {
  const list = read(await get(`/orders?client_id=${clientId}&status=open`), 200, orderList);
  return list.orders.map(({ price }) => Number(price));
}

describe("orders over a socket", () => {
  test("are answered as over HTTP", async () => {
    const { client } = new FeedClient({ clientId: "me" });
    const placed = await client.place({ ...LIMIT, idempotency_key: "k" });
    expect(placed.status).toBe(201);
    const { order_id } = placedOrder.parse(placed.body);
    expect(await client.place({ ...LIMIT, idempotency_key: "k" })).toEqual({ ...placed, isReplay: true });
    expect(await client.amend(order_id, { quantity: "0.5" })).toMatchObject({
      status: 200,
      body: { quantity: "0.50000000" },
    });
    expect(await client.cancel(order_id)).toMatchObject({ status: 200, body: { status: "cancelled" } });
    expect(await client.cancel(order_id)).toMatchObject({ status: 409, body: { code: "order_closed" } });
    const batch = {
      entries: [
        { action: "place", ...LIMIT },
        { action: "cancel", order_id },
      ],
    };
    expect(await client.request({ op: "batch", body: batch })).toMatchObject({
      status: 200,
      body: { results: [{ status: 201 }, { status: 409 }] },
    });
    const cancelled = await client.request({ op: "cancel_all" });
    expect(cancelAllAnswer.parse(cancelled.body)).toMatchObject({ results: [{ cancelled_count: 1 }] });
    client.close();
  });

  test("are answered in the order of the requests, batches with keys and refusals among them", async () => {
    const socket = await openSocket("http://venue.test/stream?channels=&client_id=me");
    const answers: { request_id: string; status: number; body: Record<string, unknown> }[] = [];
    socket.addEventListener("message", ({ data }) => void answers.push(JSON.parse(String(data))));
    socket.accept();
    const requests = Array.from({ length: 60 }, (_, index) => {
      const request_id = String(index);
      if (index % 4 === 0) {
        const entries = [{ action: "place", ...LIMIT }];
        return { op: "batch", request_id, body: { client_id: "me", idempotency_key: `b${index}`, entries } };
      }
      if (index % 4 === 1) return { op: "place", request_id, body: { ...LIMIT, price: "0.001" } };
      if (index % 4 === 2) return { op: "subscribe", request_id, channels: ["trades"] };
      return { op: "place", request_id, body: LIMIT };
    });
    for (const request of requests) socket.send(JSON.stringify(request));
    const isAnswered = () => answers.filter(({ request_id }) => request_id !== undefined).length === 60;
    await eventually(isAnswered, "60 answers");
    const given = answers.filter(({ request_id }) => request_id !== undefined);
    expect(given.map(({ request_id }) => request_id)).toEqual(requests.map(({ request_id }) => request_id));
    expect(new Set(given.map(({ status }) => status))).toEqual(new Set([200, 201, 422]));
    const sequences = given.flatMap(({ body }) => {
      const [result] = (body.results ?? []) as { body: { sequence: number } }[];
      return (result?.body.sequence ?? body.sequence ?? []) as number | [];
    });
    expect(sequences, "applied in that order, too").toEqual(sequences.toSorted((a, b) => a - b));
  });

  test.each([
    ["another client", { op: "place", body: { ...LIMIT, client_id: "you" } }, "forbidden", "client_id"],
    [
      "another client in a batch",
      { op: "batch", body: { entries: [{ action: "place", ...LIMIT, client_id: "you" }] } },
      "forbidden",
      "entries.0.client_id",
    ],
    [
      "another instrument",
      { op: "place", body: { ...LIMIT, instrument: "ETH-USD" } },
      "instrument_unknown",
      "instrument",
    ],
    ["no price", { op: "place", body: { ...LIMIT, price: undefined } }, "missing_field", "price"],
    [
      "an amendment of nothing",
      { op: "amend", order_id: "019c1f2a-7b3c-8001-8000-00000000002a", body: {} },
      "missing_field",
      "quantity",
    ],
    [
      "an order that is not there",
      { op: "cancel", order_id: "019c1f2a-7b3c-8001-8000-00000000002a" },
      "order_not_found",
      undefined,
    ],
    ["a switch without a time", { op: "cancel_after", body: {} }, "missing_field", "seconds"],
    ["a switch a week away", { op: "cancel_after", body: { seconds: 604_800 } }, "invalid_value", "seconds"],
  ])("for %s are refused by name", async (_, request, code, field) => {
    const { client } = new FeedClient({ clientId: "me" });
    expect((await client.request(request)).body).toMatchObject({
      code,
      ...(field === undefined ? {} : { field }),
    });
    client.close();
  });
});

test("an id with another instrument's number finds no order here", async () => {
  const { client } = new FeedClient({ clientId: "me" });
  const { order_id } = placedOrder.parse((await client.place(LIMIT)).body);
  const elsewhere = order_id.replace("-8001-", "-8002-");
  for (const request of [
    { op: "cancel", order_id: elsewhere },
    { op: "amend", order_id: elsewhere, body: { quantity: "0.5" } },
  ])
    expect((await client.request(request)).body).toMatchObject({ code: "order_not_found" });
  expect(await openPrices("me")).toEqual([100]);
  client.close();
});

test("an order placed over HTTP and one over a socket are the same", async () => {
  const { client } = new FeedClient({ clientId: "me" });
  const placed = placedOrder.parse((await client.place({ ...LIMIT, client_order_id: "mine" })).body);
  expect(Object.keys(placed)).toEqual(Object.keys(await place({ ...ORDER, client_order_id: "other" })));
  client.close();
});

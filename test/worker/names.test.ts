import { beforeAll, expect, test } from "vitest";
import { clientStatistics } from "../../protocol/analytics.ts";
import { listedOrder } from "../../protocol/order-entry.ts";
import { book, expectProblem, get, ORDER, place, post, read } from "./client.ts";

let sequence = 0;
beforeAll(async () => {
  await place();
  sequence = (await book()).sequence;
});

test.each([".", ".."])("%s is not a name: no path could contain it", async (name) => {
  for (const field of ["client_id", "client_order_id", "idempotency_key", "stp_group", "instrument"])
    expectProblem(await post("/orders", { ...ORDER, [field]: name }), "invalid_value", field);
  const { client_id, instrument } = ORDER;
  const pair = { client_id, instrument, side: "sell", quantity: 1, price: 60_000, stop_price: 40_000 };
  for (const field of ["limit_client_order_id", "stop_client_order_id"])
    expectProblem(await post("/orders/oco", { ...pair, [field]: name }), "invalid_value", field);
  // With other fields the schema parses an entry; without them the fast path does.
  for (const more of [{}, { post_only: false }]) {
    const entries = [{ action: "place", ...ORDER, instrument: undefined, ...more, client_order_id: name }];
    const { results } = JSON.parse((await post("/orders/batch", { instrument, entries })).text);
    expect(results[0]).toMatchObject({ status: 400, body: { field: "client_order_id" } });
  }
  expectProblem(
    await post("/orders/cancel-after", { client_id: name, seconds: 1 }),
    "invalid_value",
    "client_id",
  );
  expectProblem(await get(`/stream?channels=&client_id=${name}`), "invalid_value", "client_id");
  expect((await book()).sequence).toBe(sequence);
});

test("a name of any other characters is found by its path", async () => {
  const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
  for (const name of [
    ...visible.filter((each) => each !== "."),
    "...",
    ".a",
    "a.",
    "./",
    "../",
    "..%2f",
    "%2e",
    "a/../b",
  ]) {
    const { order_id } = await place({ client_order_id: name, client_id: name, quantity: "0.1" });
    const part = encodeURIComponent(name);
    const found = await get(`/orders/by-client-id/${part}?client_id=${part}`);
    expect(read(found, 200, listedOrder), name).toMatchObject({ order_id, client_id: name });
    const statistics = read(await get(`/analytics/clients/${part}`), 200, clientStatistics);
    expect(statistics.client_id).toBe(name);
  }
});

test.each(["gzip", "br", "deflate", "identity, gzip", "x"])(
  "a body in the encoding %s is refused",
  async (encoding) => {
    const headers = { "content-encoding": encoding };
    for (const path of ["/orders", "/orders/batch", "/orders/cancel-all"])
      expectProblem(await post(path, ORDER, headers), "unsupported_media_type");
    const operator = { ...headers, authorization: "Bearer test-token" };
    const path = "/admin/instruments/BTC-USD/trading-status";
    expectProblem(await post(path, { status: "halted" }, operator), "unsupported_media_type");
  },
);

test("redundant encoding is accepted", async () => {
  expect((await post("/orders", ORDER, { "content-encoding": "identity" })).status).toBe(201);
});

test.each(["7", "-1e400", "null", '"x"', "true", "[]", "[7]"])(
  "an entry of a batch that is %s gets its error",
  async (entry) => {
    const { results } = JSON.parse(
      (await post("/orders/batch", `{"instrument":"BTC-USD","client_id":"c","entries":[${entry}]}`)).text,
    );
    expect(results).toMatchObject([{ status: 400, body: { code: "wrong_type" } }]);
    expect(results[0].body.detail).toBe("the message must be an object");
  },
);

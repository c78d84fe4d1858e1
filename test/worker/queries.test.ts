import { beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../worker/index.ts";
import { expectProblem, get, ORDER, place, post, type Reply, send } from "./client.ts";

const PATH_VALUES: Readonly<Record<string, string>> = {
  ":instrument": "BTC-USD",
  ":client_id": "client-A",
  ":client_order_id": "mine",
};
/** A valid body for each route. */
const BODIES: Readonly<Record<string, unknown>> = {
  "/orders": ORDER,
  "/orders/oco": { ...ORDER, type: undefined, stop_price: "51000" },
  "/orders/batch": { instrument: "BTC-USD", entries: [{ action: "place", ...ORDER, instrument: undefined }] },
  "/orders/cancel-all": { client_id: "client-A" },
  "/orders/cancel-after": { client_id: "client-A", seconds: 5 },
  "/orders/:order_id/amend": { quantity: "0.4" },
  "/admin/instruments/:instrument/trading-status": { status: "halted" },
};
const ORDER_ID = "019c1f2a-7b3c-8001-8000-00000000002a";
/** The parameters of each route, with valid values. */
const PARAMETERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/public/orderbook": { instrument: "BTC-USD", levels: "3", source: "engine" },
  "/public/trades": { instrument: "BTC-USD", limit: "3", before: "9", source: "engine" },
  "/public/status": { instrument: "BTC-USD" },
  "/public/ticker": { instrument: "BTC-USD" },
  "/public/candles": {
    interval: "1m",
    instrument: "BTC-USD",
    from: "2030-01-31T12:00:00Z",
    to: "2030-01-31T13:00:00Z",
  },
  "/analytics/market": { instrument: "BTC-USD", minutes: "3" },
  "/analytics/clients/:client_id": { instrument: "BTC-USD" },
  "/orders": { client_id: "client-A", status: "open", instrument: "BTC-USD", limit: "3", before: ORDER_ID },
  "/orders/:order_id/trades": { limit: "3", before: "9" },
  "/orders/by-client-id/:client_order_id": { client_id: "client-A", instrument: "BTC-USD" },
  "/stream": {
    instrument: "BTC-USD",
    channels: "trades",
    client_id: "client-A",
    resume_from: "1",
    epoch: "1",
    cancel_on_disconnect: "true",
  },
  "/admin/instruments/:instrument/rebuild": { discard_journal: "true", adopt: "none" },
};

let orderId = "";
beforeAll(async () => {
  orderId = (await place({ client_order_id: "mine" })).order_id;
});

/** Sends a request that is valid except for its query. */
function ask(method: string, path: string, query: string): Promise<Reply> {
  const at = path.replace(/:\w+/g, (name) => PATH_VALUES[name] ?? orderId);
  const body = method === "POST" ? BODIES[path] : undefined;
  const headers = { authorization: "Bearer test-token" };
  return method === "POST" ? post(at + query, body, headers) : send(at + query, { method, headers });
}

const parametersOf = (method: string, path: string) =>
  method === "POST" && path === "/orders" ? {} : (PARAMETERS[path] ?? {});

describe.each(routes)("$method $path", ({ method, path }) => {
  test.each(["no_such_parameter", "__proto__", "Instrument", "entry", ""])(
    "refuses a parameter named '%s' that it does not take",
    async (name) => {
      const known = Object.entries(parametersOf(method, path)).map(([each, value]) => `${each}=${value}`);
      for (const query of [
        [`${name}=x`, ...known],
        [...known, `${name}=x`],
        [...known, `${name}=x`, `${name}=y`],
      ])
        expectProblem(await ask(method, path, `?${query.join("&")}`), "unknown_field", name);
    },
  );

  test("accepts each parameter once", async () => {
    const known = Object.entries(parametersOf(method, path));
    const whole = known.map(([name, value]) => `${name}=${value}`).join("&");
    for (const [name, value] of known) {
      for (const again of [value, "", "%00"])
        expectProblem(await ask(method, path, `?${whole}&${name}=${again}`), "invalid_value", name);
    }
  });

  test.skipIf(path.startsWith("/docs/"))(
    "is documented with these parameters, and with the refusal",
    async () => {
      const document = JSON.parse((await get("/openapi.json")).text);
      const operation = document.paths[path.replace(/:(\w+)/g, "{$1}")][method.toLowerCase()];
      const inQuery = (operation.parameters ?? []).filter((each: { in: string }) => each.in === "query");
      const names = inQuery.map((each: { name: string }) => each.name).sort();
      expect(names).toEqual(Object.keys(parametersOf(method, path)).sort());
      expect(operation.responses["400"]?.description).toContain("`unknown_field`");
    },
  );

  test.skipIf(method !== "GET")("has the same query for HEAD", async () => {
    expect((await ask("HEAD", path, "?no_such_parameter=x")).status).toBe(400);
  });
});

test("a request that is refused for its query has no effect", async () => {
  const orders = JSON.parse((await get("/orders?client_id=client-A&status=open")).text).orders;
  expect(orders.map((order: { order_id: string }) => order.order_id)).toEqual([orderId]);
  expect(JSON.parse((await get("/public/status")).text).trading_status).toBe("trading");
});

test("a misspelt parameter is not answered with another instrument, or with orders of the other side", async () => {
  expectProblem(await get("/public/ticker?symbol=ETH-USD"), "unknown_field", "symbol");
  expectProblem(await get("/orders?client_id=a&side=sell&status=open"), "unknown_field", "side");
  expectProblem(
    await get("/public/ticker?instrument=BTC-USD&instrument=ETH-USD"),
    "invalid_value",
    "instrument",
  );
});

test("a missing parameter is reported before an unknown one", async () => {
  expectProblem(await get("/orders?side=sell&side=buy"), "missing_field", "client_id");
});

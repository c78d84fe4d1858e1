import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { book, expectProblem, get, ORDER, place, post, send } from "./client.ts";

let sequence = 0;

beforeAll(async () => {
  await place({ quantity: "1" });
  sequence = (await book()).sequence;
});

/** A refused request changes nothing. */
afterEach(async () => {
  expect((await book()).sequence).toBe(sequence);
});

/** The order as JSON text, with one field's value replaced by a literal piece of JSON. */
function withValue(field: string, json: string): string {
  const { [field as "price"]: _, ...rest } = ORDER;
  return `{"${field}":${json},${JSON.stringify(rest).slice(1)}`;
}

const WRONG_TYPES = ["null", "true", "[]", "{}", '["x"]', '{"a":1}'];
const BAD_NAMES = ['""', '" "', '"a b"', '"é"', '"\\u0000"', '"\\n"', JSON.stringify("x".repeat(129))];
const HOSTILE_DECIMALS = [
  "1e3",
  "NaN",
  "+1",
  "0x1",
  "1.",
  ".5",
  "",
  " ",
  "1 ",
  "01",
  "Infinity",
  "1,5",
  "١",
  "1_000",
  "--1",
  "9".repeat(400),
  `0.${"0".repeat(400)}1`,
].map((text) => JSON.stringify(text));

describe.each(["client_id", "instrument", "side", "type", "price", "quantity", "idempotency_key"])(
  "the field %s",
  (field) => {
    const isDecimal = field === "price" || field === "quantity";

    test.each(isDecimal ? WRONG_TYPES : [...WRONG_TYPES, "1", "0.5"])("is refused as %s", async (json) => {
      expectProblem(await post("/orders", withValue(field, json)), "wrong_type", field);
    });

    test.skipIf(field === "idempotency_key")("is required", async () => {
      const { [field as "price"]: _, ...rest } = ORDER;
      expectProblem(await post("/orders", rest), "missing_field", field);
    });

    test.each(isDecimal ? HOSTILE_DECIMALS : BAD_NAMES)("is refused as %s", async (json) => {
      expectProblem(await post("/orders", withValue(field, json)), "invalid_value", field);
    });
  },
);

describe.each(["price", "quantity"])("the %s", (field) => {
  const step = field === "price" ? "tick" : "lot";

  test.each(["0", "-0", '"0"', '"-0"', '"0.00"', "-1", '"-0.01"', "0e5"])(
    "%s is not positive",
    async (json) => {
      expectProblem(
        await post("/orders", withValue(field, json)),
        `${field}_not_positive` as "price_not_positive",
        field,
      );
    },
  );

  test.each(["1.000000001", '"1.000000001"', "1e-9", "0.000000000000000000000000000000000001"])(
    "%s is off the step and is not rounded",
    async (json) => {
      expectProblem(
        await post("/orders", withValue(field, json)),
        `${field}_off_${step}` as "price_off_tick",
        field,
      );
    },
  );

  test.each(["10000000.01", '"99999999999999999999"', "1e30", "9007199254740993"])(
    "%s is above the maximum",
    async (json) => {
      expectProblem(
        await post("/orders", withValue(field, json)),
        `${field}_above_maximum` as "price_above_maximum",
        field,
      );
    },
  );

  test.each(["1e999", "1e400", "9".repeat(400)])("the number %s has too many digits", async (json) => {
    expectProblem(await post("/orders", withValue(field, json)), "invalid_value", field);
  });
});

describe("the body", () => {
  test("may have no unknown field", async () => {
    expectProblem(await post("/orders", { ...ORDER, colour: "red" }), "unknown_field", "colour");
    expectProblem(await post("/orders", { ...ORDER, "": 1 }), "unknown_field", "");
  });

  test("of a market order may have no price", async () => {
    expectProblem(await post("/orders", { ...ORDER, type: "market" }), "unknown_field", "price");
  });

  test.each(["[]", "null", "true", '"order"', "[{}]"])("is refused as %s", async (json) => {
    expectProblem(await post("/orders", json), "wrong_type");
  });

  test.each(["", " ", "{", "{}}", "{'a':1}", '{"a":1,}', "undefined", "\ufeff{}", "[1,2"])(
    "%j is not JSON",
    async (text) => {
      expectProblem(await post("/orders", text), "malformed_json");
    },
  );

  test.each([
    ["the same key twice", withValue("price", '1,"price":2')],
    ["the same key twice, once escaped", withValue("price", '1,"pric\\u0065":1')],
    ["the same key twice further in", withValue("price", '{"aa":1,"aa":1}')],
    ["a __proto__", withValue("__proto__", '{"client_id":"x"}')],
    ["an escaped __proto__", withValue("__pr\\u006fto__", "1")],
    ["nine levels", withValue("price", `${"[".repeat(8)}1${"]".repeat(8)}`)],
    ["thousands of levels", withValue("price", `${"[".repeat(7000)}${"]".repeat(7000)}`)],
  ])("with %s is refused", async (_, text) => {
    expectProblem(await post("/orders", text), "malformed_json");
  });

  test("eight levels deep is parsed, and refused for its content", async () => {
    const text = withValue("price", `${"[".repeat(7)}1${"]".repeat(7)}`);
    expectProblem(await post("/orders", text), "wrong_type", "price");
  });

  test.each([
    [[0xff]],
    [[0xc3, 0x28]],
    [[0xed, 0xa0, 0x80]],
    [[0xf8, 0x88, 0x80, 0x80, 0x80]],
    [[0xc0, 0xaf]],
  ])("with the bytes %j is not UTF-8", async (bytes) => {
    const text = new TextEncoder().encode(JSON.stringify(ORDER));
    const body = new Uint8Array([...text.slice(0, 15), ...bytes, ...text.slice(15)]);
    const headers = { "content-type": "application/json" };
    expectProblem(await send("/orders", { method: "POST", headers, body }), "malformed_json");
  });
});

test("a body that is a number has the wrong type", async () => {
  expectProblem(await post("/orders", "1"), "wrong_type");
});

describe("identifiers", () => {
  test("an instrument that is not configured is unknown", async () => {
    expectProblem(
      await post("/orders", { ...ORDER, instrument: "DOGE-USD" }),
      "instrument_unknown",
      "instrument",
    );
    for (const path of ["/public/orderbook", "/public/trades", "/stream"]) {
      expectProblem(await get(`${path}?instrument=DOGE-USD`), "instrument_unknown", "instrument");
      expectProblem(await get(`${path}?instrument=`), "invalid_value", "instrument");
    }
  });

  test.each(["1", "abc", "null", "019c1f2a-7b3c-8001-8000-00000000002", "%00", "..%2f..", "🦄"])(
    "%s is no order id",
    async (id) => {
      expectProblem(await get(`/public/orders/${id}`), "malformed_order_id", "order_id");
      expectProblem(await post(`/orders/${id}/cancel`), "malformed_order_id", "order_id");
    },
  );

  test.each([
    ["a UUID of version 4", () => crypto.randomUUID()],
    ["an order of an instrument that is not configured", () => "019c1f2a-7b3c-8fff-8000-000000000001"],
    ["an order number that was never given", () => "019c1f2a-7b3c-8001-8000-0000000f4240"],
    ["the first order at another time", () => "019c1f2a-7b3c-8001-8000-000000000001"],
    ["an order number beyond any", () => "ffffffff-ffff-8001-801f-ffffffffffff"],
  ])("%s is not found", async (_, id) => {
    expectProblem(await get(`/public/orders/${id()}`), "order_not_found");
    expectProblem(await post(`/orders/${id()}/cancel`), "order_not_found");
  });
});

describe("queries", () => {
  const BAD = ["0", "-1", "1.5", "1e3", "abc", "", "1001", "9".repeat(30), "01", "%2B1", "1%200", "NaN"];

  test.each(BAD)("%s is not a count", async (text) => {
    expectProblem(await get(`/public/orderbook?levels=${text}`), "invalid_value", "levels");
    expectProblem(await get(`/public/trades?limit=${text}`), "invalid_value", "limit");
  });

  test("the bounds are counts", async () => {
    for (const count of [1, 1000]) {
      expect((await get(`/public/orderbook?levels=${count}`)).status).toBe(200);
      expect((await get(`/public/trades?limit=${count}`)).status).toBe(200);
    }
  });
});

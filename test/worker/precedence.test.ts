import { describe, expect, test } from "vitest";
import { ERROR_CODES, type ErrorCode } from "../../protocol/error-code.ts";
import { ORDER, place, post, type Reply, readProblem, send } from "./client.ts";

interface Attempt {
  readonly path: string;
  readonly method: string;
  readonly type: string;
  /** Appended to the body, to make it too large. */
  readonly padding: string;
  readonly isCut: boolean;
  readonly order: Readonly<Record<string, unknown>>;
}

/** A request that breaks every rule at once. */
const WORST: Attempt = {
  path: "/nowhere",
  method: "DELETE",
  type: "text/plain",
  padding: " ".repeat(20_000),
  isCut: true,
  order: {
    ...ORDER,
    client_id: undefined,
    type: 7,
    side: "up",
    colour: 1,
    instrument: "X",
    price: 0,
    quantity: 0,
  },
};

/** The corrections, in the order in which the rules are broken. After each, the next rule is the answer. */
const STEPS: readonly (readonly [ErrorCode, (attempt: Attempt) => Partial<Attempt>])[] = [
  ["route_not_found", () => ({ path: "/orders" })],
  ["method_not_allowed", () => ({ method: "POST" })],
  ["unsupported_media_type", () => ({ type: "application/json" })],
  ["body_too_large", () => ({ padding: "" })],
  ["malformed_json", () => ({ isCut: false })],
  ["wrong_type", with_({ type: "limit" })],
  ["missing_field", with_({ client_id: 7 })],
  ["wrong_type", with_({ client_id: "client-P", idempotency_key: "used" })],
  ["invalid_value", with_({ side: "buy" })],
  ["unknown_field", with_({ colour: undefined })],
  ["instrument_unknown", with_({ instrument: "BTC-USD" })],
  ["idempotency_key_reused", with_({ idempotency_key: undefined })],
  ["price_not_positive", with_({ price: 0.001 })],
  ["price_off_tick", with_({ price: 20_000_000 })],
  ["quantity_not_positive", with_({ quantity: "0.000000001" })],
  ["quantity_off_lot", with_({ quantity: 20_000 })],
  ["price_above_maximum", with_({ price: 1 })],
  ["quantity_above_maximum", with_({ quantity: 1 })],
];

function with_(change: Record<string, unknown>): (attempt: Attempt) => Partial<Attempt> {
  return ({ order }) => ({ order: { ...order, ...change } });
}

function request({ path, method, type, padding, isCut, order }: Attempt): Promise<Reply> {
  const body = JSON.stringify(order).slice(0, isCut ? -1 : undefined) + padding;
  return send(path, { method, headers: { "content-type": type }, body });
}

test("the answer is the first of the broken rules, by the order of the codes", async () => {
  await place({ client_id: "client-P", idempotency_key: "used" });
  let attempt = WORST;
  for (const [code, repair] of STEPS) {
    expect(readProblem(await request(attempt)).code, JSON.stringify(attempt.order)).toBe(code);
    attempt = { ...attempt, ...repair(attempt) };
  }
  expect((await request(attempt)).status).toBe(201);
});

test("the steps follow the precedence of the codes, except for the type, on which the other fields depend", () => {
  const places = STEPS.map(([code]) => ERROR_CODES.indexOf(code)).filter((_, index) => index !== 5);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("a price that is too large to count does not precede a quantity that is not positive", async () => {
  const attempt = {
    ...WORST,
    path: "/orders",
    method: "POST",
    type: "application/json",
    padding: "",
    isCut: false,
  };
  const order = { ...ORDER, price: "99999999999999999999", quantity: 0 };
  expect(readProblem(await request({ ...attempt, order })).code).toBe("quantity_not_positive");
});

describe("rules of the instrument and the order follow the precedence, too", () => {
  const operate = (operation: string, body?: object) =>
    post(`/admin/instruments/BTC-USD/${operation}`, body, { authorization: "Bearer test-token" });
  const resume = () => operate("trading-status", { status: "trading" });

  /** The answers to consecutive attempts, each after the correction of its step. */
  async function codesOf(attempt: () => Promise<Reply>, steps: readonly (() => unknown)[]) {
    const codes: ErrorCode[] = [];
    for (const repair of steps) {
      codes.push(readProblem(await attempt()).code);
      await repair();
    }
    return codes;
  }

  function expectInOrder(codes: readonly ErrorCode[]): void {
    expect(codes).toEqual(codes.toSorted((a, b) => ERROR_CODES.indexOf(a) - ERROR_CODES.indexOf(b)));
  }

  test("of a placed order", async () => {
    await place({ client_id: "client-Q", client_order_id: "name" });
    await operate("trading-status", { status: "halted" });
    await operate("freeze");
    const order: Record<string, unknown> = {
      ...ORDER,
      client_id: "client-Q",
      client_order_id: "name",
      type: "stop_limit",
      price: 20_000_000,
      stop_price: "0.001",
      quantity: "0.000000001",
      display_quantity: 9,
    };
    const set = (change: object) => () => Object.assign(order, change);
    const codes = await codesOf(
      () => post("/orders", order),
      [
        () => operate("unfreeze"),
        set({ client_order_id: undefined }),
        set({ stop_price: 60_000 }),
        set({ quantity: 1 }),
        resume,
        set({ display_quantity: undefined }),
        set({ price: 60_000 }),
      ],
    );
    expectInOrder(codes);
    expect(codes).toEqual([
      "frozen",
      "client_order_id_reused",
      "price_off_tick",
      "quantity_off_lot",
      "trading_halted",
      "terms_invalid",
      "price_above_maximum",
    ]);
  });

  test("of an amendment", async () => {
    const closed = await place({ client_id: "client-Q", price: 2 });
    const open = await place({ client_id: "client-Q", price: 2 });
    await post(`/orders/${closed.order_id}/cancel`);
    await operate("trading-status", { status: "halted" });
    await operate("freeze");
    const attempt: Record<string, unknown> = {
      orderId: `${closed.order_id.slice(0, -6)}ffffff`,
      price: "0.001",
      expected_version: 1,
    };
    const set = (change: object) => () => Object.assign(attempt, change);
    const codes = await codesOf(() => {
      const { orderId, ...change } = attempt;
      return post(`/orders/${orderId}/amend`, change);
    }, [
      () => operate("unfreeze"),
      set({ orderId: closed.order_id }),
      set({ expected_version: undefined }),
      set({ price: 20_000_000 }),
      resume,
      set({ orderId: open.order_id }),
    ]);
    expectInOrder(codes);
    expect(codes).toEqual([
      "frozen",
      "order_not_found",
      "version_mismatch",
      "price_off_tick",
      "trading_halted",
      "order_closed",
    ]);
  });
});

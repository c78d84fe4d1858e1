import {
  abortAllDurableObjects,
  createExecutionContext,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Gate } from "../../durable-objects/instrument/gate.ts";
import { instrumentStatus, tradeList } from "../../protocol/market-data.ts";
import { operatorStatus } from "../../protocol/operation.ts";
import app, { routes } from "../../worker/index.ts";
import { subscribe } from "../durable-objects/subscriber.ts";
import {
  book,
  expectOneState,
  expectProblem,
  get,
  ORDER,
  objectOf,
  place,
  post,
  read,
  send,
} from "./client.ts";

const TOKEN = "test-token";
const ADMIN_ROUTES = routes.filter(({ path }) => path.startsWith("/admin"));

beforeEach(reset);
afterEach(() => void vi.restoreAllMocks());

function operate(operation: string, token = TOKEN, method = operation === "status" ? "GET" : "POST") {
  const headers = { authorization: `Bearer ${token}`, "x-request-id": "who" };
  return send(`/admin/instruments/BTC-USD/${operation}`, { method, headers });
}

async function done(operation: string) {
  return read(await operate(operation), 200, operatorStatus);
}

describe("every operators' route", () => {
  test("is known", () => {
    expect(ADMIN_ROUTES.length).toBeGreaterThan(2);
  });

  test.each(ADMIN_ROUTES)("$method $path needs the token", async ({ method, path }) => {
    const at = path.replace(":instrument", "BTC-USD");
    const ask = (authorization?: string) =>
      send(at, { method, headers: authorization === undefined ? {} : { authorization } });
    for (const header of [undefined, "", "Basic dGVzdC10b2tlbg==", "Bearer", TOKEN]) {
      const reply = await ask(header);
      expectProblem(reply, "unauthorized");
      expect(reply.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
    for (const wrong of ["x", `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase()]) {
      expectProblem(await ask(`Bearer ${wrong}`), "forbidden");
    }
    expect((await objectOf().readMetrics()).tradingStatus).toBe("trading");
    expect([401, 403, 404, 405]).not.toContain((await ask(`Bearer ${TOKEN}`)).status);
  });

  test.each(ADMIN_ROUTES)(
    "$method $path is not there without a configured token",
    async ({ method, path }) => {
      const at = `http://venue.test${path.replace(":instrument", "BTC-USD")}`;
      const { ADMIN_TOKEN: _, ...without } = env;
      for (const bindings of [without, { ...env, ADMIN_TOKEN: "" }]) {
        const context = createExecutionContext();
        const asked = new Request(at, { method, headers: { authorization: "Bearer " } });
        const reply = await app.fetch(asked, bindings, context);
        const nowhere = await app.fetch(
          new Request("http://venue.test/nowhere", { method }),
          bindings,
          context,
        );
        expect([reply.status, await reply.text()]).toEqual([404, await nowhere.text()]);
      }
    },
  );
});

test("tokens are compared as digests, in a time that tells nothing of them", async () => {
  const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
  for (const token of [TOKEN, "x", `${TOKEN}x`, "a".repeat(500)]) {
    compare.mockClear();
    await operate("status", token);
    expect(compare, token).toHaveBeenCalledTimes(1);
    // Of one length whatever was sent: the digests of SHA-256.
    const sizes = compare.mock.calls[0]?.map((each) => (each as ArrayBuffer).byteLength);
    expect(sizes, token).toEqual([32, 32]);
    expect(await compare.mock.results[0]?.value).toBe(token === TOKEN);
  }
});

test("a path below /admin that does not exist needs the token too", async () => {
  expectProblem(await get("/admin/anything"), "unauthorized");
  expectProblem(await operate("anything"), "route_not_found");
});

test("an instrument that is not configured is not found", async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  expectProblem(
    await send("/admin/instruments/X/freeze", { method: "POST", headers }),
    "instrument_unknown",
    "instrument",
  );
});

test("each use is in the log with who, what and outcome, and never the token", async () => {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((text) => void lines.push(String(text)));
  await operate("freeze");
  await operate("freeze", "guessed-token");
  const audited = lines.map((text) => JSON.parse(text)).filter(({ event }) => event === "admin_used");
  const path = "/admin/instruments/BTC-USD/freeze";
  expect(audited).toMatchObject([
    { request_id: "who", method: "POST", path, status: 200 },
    { request_id: "who", method: "POST", path, status: 403 },
  ]);
  expect(lines.join()).not.toMatch(/test-token|guessed-token/);
});

describe("a frozen instrument", () => {
  test("refuses new orders, and does everything else", async () => {
    const resting = await place();
    const subscriber = await subscribe();
    await subscriber.until(() => subscriber.book().bids.length === 1);
    expect((await done("freeze")).trading_status).toBe("frozen");
    const before = await book();
    expectProblem(await post("/orders", { ...ORDER, client_id: "new", side: "sell" }), "frozen");
    expect(await book()).toEqual(before);
    const clients = await runInDurableObject(objectOf(), (_, { storage }) =>
      storage.sql.exec("SELECT client_id FROM clients").toArray(),
    );
    expect(clients).toEqual([{ client_id: "client-A" }]);
    expect((await get("/public/trades")).status).toBe(200);
    expect((await post(`/orders/${resting.order_id}/cancel`)).status).toBe(200);
    await subscriber.until(() => subscriber.book().bids.length === 0);
    expect((await done("unfreeze")).trading_status).toBe("trading");
    await place();
  });

  test("stores nothing under a key, but gives a key's stored answer", async () => {
    const keyed = { ...ORDER, idempotency_key: "before" };
    const first = await post("/orders", keyed);
    await done("freeze");
    const repeat = await post("/orders", keyed);
    expect([repeat.text, repeat.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
    expectProblem(
      await post("/orders", { ...keyed, side: "sell" }),
      "idempotency_key_reused",
      "idempotency_key",
    );
    // A frozen instrument does not look at prices: `frozen` takes precedence.
    const during = { ...ORDER, idempotency_key: "during" };
    expectProblem(await post("/orders", { ...during, price: "0.001" }), "frozen");
    await done("unfreeze");
    const later = await post("/orders", during);
    expect([later.status, later.headers.get("idempotency-replayed")]).toEqual([201, null]);
  });

  test("stays frozen through a restart", async () => {
    await done("freeze");
    await done("freeze");
    await abortAllDurableObjects();
    expectProblem(await post("/orders", ORDER), "frozen");
    expect((await done("status")).trading_status).toBe("frozen");
    expect((await objectOf("ETH-USD").readMetrics()).tradingStatus).toBe("trading");
  });
});

describe("an instrument near its storage limit", () => {
  test.each([
    { ratio: 2, order: 201, cancel: 200 },
    { ratio: 0.99, order: 503, cancel: 200 },
    { ratio: 0.5, order: 503, cancel: 503 },
  ])("with a limit of $ratio of its size answers $order and $cancel", async ({ ratio, order, cancel }) => {
    const resting = await place({ idempotency_key: "k" });
    const size = (await objectOf().readMetrics()).storageBytes;
    expect(size).toBeGreaterThan(10_000);
    const limited = await runInDurableObject(objectOf(), (_, { storage }) => {
      const gate = new Gate(storage.sql, size * ratio);
      gate.measure();
      return { order: gate.orderRefusal?.code, cancel: gate.cancelRefusal?.code };
    });
    expect(resting.status).toBe("open");
    expect(limited).toEqual({
      order: order === 503 ? "storage_full" : undefined,
      cancel: cancel === 503 ? "storage_full" : undefined,
    });
  });
});

describe("the trading status", () => {
  const setStatus = (body: object) =>
    post("/admin/instruments/BTC-USD/trading-status", body, { authorization: `Bearer ${TOKEN}` });
  const status = async () => read(await get("/public/status"), 200, instrumentStatus);
  afterEach(() => void vi.useRealTimers());

  test.each([
    ["halted", "trading_halted"],
    ["cancel_only", "cancel_only"],
  ] as const)("%s takes cancels only, through a restart, until it is changed", async (name, code) => {
    const { order_id } = await place({ price: "10" });
    const told = read(await setStatus({ status: name }), 200, operatorStatus);
    expect(told.trading_status).toBe(name);
    await abortAllDurableObjects();
    expect(await status()).toMatchObject({ trading_status: name, until: null, indicative: null });
    expectProblem(await post("/orders", ORDER), code);
    expectProblem(await post(`/orders/${order_id}/amend`, { quantity: "0.1" }), code);
    expect((await post(`/orders/${order_id}/cancel`)).status).toBe(200);
    await setStatus({ status: "trading" });
    await place();
  });

  test("post_only takes orders that do not take", async () => {
    await place({ side: "sell" });
    await setStatus({ status: "post_only" });
    expectProblem(await post("/orders", ORDER), "would_take");
    await place({ price: "49999" });
  });

  test("an auction collects, tells what it would come to, and ends by itself at one price", async () => {
    const startMs = Date.UTC(2026, 10, 24);
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    await setStatus({ status: "auction", for_seconds: 30 });
    await place({ price: "102", quantity: "3" });
    await place({ side: "sell", price: "100", quantity: "1" });
    const early = await place({ side: "sell", price: "101", quantity: "1" });
    expect(early).toMatchObject({ status: "open", trade_count: 0 });
    expectProblem(await post("/orders", { ...ORDER, time_in_force: "ioc" }), "not_in_auction");
    await abortAllDurableObjects();
    expect(await status()).toMatchObject({
      ...{ trading_status: "auction", until: "2026-11-24T00:00:30.000Z" },
      indicative: { price: "101.00", quantity: "2.00000000", imbalance: "1.00000000" },
    });
    vi.setSystemTime(startMs + 30_000);
    expect(await runDurableObjectAlarm(objectOf())).toBe(true);
    expect(await status()).toMatchObject({ trading_status: "trading", indicative: null });
    const { trades } = read(await get("/public/trades"), 200, tradeList);
    expect(trades.map(({ price, quantity }) => [price, quantity])).toEqual([
      ["101.00", "1.00000000"],
      ["101.00", "1.00000000"],
    ]);
    expect(await book()).toMatchObject({ bids: [{ price: "102.00", quantity: "1.00000000" }], asks: [] });
    await expectOneState();
  });

  test.each([
    [{}, "missing_field", "status"],
    [{ status: "frozen" }, "invalid_value", "status"],
    [{ status: "halted", for_seconds: 0 }, "invalid_value", "for_seconds"],
    [{ status: "halted", for_seconds: "1" }, "wrong_type", "for_seconds"],
    [{ status: "cancel_only", for_seconds: 1 }, "invalid_value", "for_seconds"],
  ] as const)("%o is refused", async (body, code, field) => {
    expectProblem(await setStatus(body), code, field);
    expect((await status()).trading_status).toBe("trading");
  });
});

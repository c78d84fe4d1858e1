import { abortAllDurableObjects, createExecutionContext, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Gate } from "../../durable-objects/instrument/flush/gate.ts";
import { operatorStatus } from "../../protocol/operation.ts";
import app, { routes } from "../../worker/index.ts";
import { subscribe } from "../durable-objects/feed/subscriber.ts";
import { book, expectProblem, get, ORDER, objectOf, place, post, read, send } from "./client.ts";

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

test("tokens are compared as digests, in a time that reveals nothing about them", async () => {
  const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
  for (const token of [TOKEN, "x", `${TOKEN}x`, "a".repeat(500)]) {
    compare.mockClear();
    await operate("status", token);
    expect(compare, token).toHaveBeenCalledTimes(1);
    // Both have the length of SHA-256 digests, whatever was sent.
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

test("each use is logged with caller, operation and outcome, and never with the token", async () => {
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

  test("stores nothing under a key, but returns a key's stored answer", async () => {
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
    // A frozen instrument does not check prices: `frozen` takes precedence.
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
  test("measures its storage before each flush, and far from the limit only before some", async () => {
    const readings = await runInDurableObject(objectOf(), (_, { storage }) =>
      [2_000_000_000, 100_000_000, 1_000].map((bytesLeft) => {
        let count = 0;
        const sql = {
          exec: storage.sql.exec.bind(storage.sql),
          get databaseSize() {
            count++;
            return 1_000_000;
          },
        } as SqlStorage;
        const gate = new Gate(sql, 1_000_000 + bytesLeft);
        for (let flush = 0; flush < 60; flush++) gate.beginFlush();
        return count;
      }),
    );
    expect(readings).toEqual([2, 60, 60]);
  });

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
      gate.beginFlush();
      return { order: gate.orderRefusal?.code, cancel: gate.cancelRefusal?.code };
    });
    expect(resting.status).toBe("open");
    expect(limited).toEqual({
      order: order === 503 ? "storage_full" : undefined,
      cancel: cancel === 503 ? "storage_full" : undefined,
    });
  });
});

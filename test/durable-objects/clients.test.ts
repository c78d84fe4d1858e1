import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ClientPruner } from "../../durable-objects/journal/client-pruning.ts";
import { Journal } from "../../durable-objects/journal/journal.ts";
import { Pruner } from "../../durable-objects/journal/pruning.ts";
import { readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { Random } from "../support/random.ts";
import { get, ORDER, place, post, readProblem } from "../worker/client.ts";
import { line, object, selectOne, submitTogether, verified } from "./flow.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const START_MS = Date.UTC(2026, 5, 1);

beforeEach(async () => {
  await reset();
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
});
afterEach(() => void vi.useRealTimers());

/** The numbers of the stored clients, by name. */
function stored(): Promise<Record<string, number>> {
  return runInDurableObject(object(), (_, { storage }) => {
    const rows = storage.sql.exec<{ client_id: string; client_number: number }>("SELECT * FROM clients");
    return Object.fromEntries(Array.from(rows, ({ client_id, client_number }) => [client_id, client_number]));
  });
}

/** Prunes as the alarm does, with Postgres up to date. The object then restarts without its memory. */
async function prune(): Promise<void> {
  await runInDurableObject(object(), async (_, { storage }) => {
    const [spec] = readInstrumentSpecs(env.INSTRUMENTS);
    if (spec === undefined) throw new Error("no instrument");
    const journal = new Journal(storage.sql);
    await new Pruner(storage, spec, journal, 0, () => {}).run(1_000_000);
    await new ClientPruner(
      storage,
      spec,
      journal,
      () => {},
      () => {},
    ).run();
  });
  await evictDurableObject(object());
}

describe("a client number is assigned", () => {
  test("not for requests that are refused, read or undone", async () => {
    const refused = { ...ORDER, price: "0.001", stp_group: "group" };
    expect(readProblem(await post("/orders", { ...refused, client_id: "a" })).code).toBe("price_off_tick");
    await post("/orders", { ...ORDER, client_id: "b", quantity: 20_000 });
    await post("/orders", {
      ...ORDER,
      client_id: "c",
      type: "market",
      price: undefined,
      time_in_force: "fok",
    });
    const oco = { ...ORDER, type: undefined, stop_price: 60_000, client_id: "d", price: 20_000_000 };
    await post("/orders/oco", oco);
    const { instrument: _, ...entry } = { ...ORDER, action: "place" };
    const entries = [
      { ...entry, client_id: "e" },
      { ...entry, client_id: "f", quantity: 20_000 },
    ];
    await post("/orders/batch", { instrument: "BTC-USD", atomic: true, entries });
    await post("/orders/cancel-after", { client_id: "g", instrument: "BTC-USD", seconds: 0 });
    await post("/orders/cancel-all", { client_id: "h", instrument: "BTC-USD" });
    await get("/orders?client_id=i&instrument=BTC-USD&status=open");
    await get("/analytics/clients/j?instrument=BTC-USD");
    expect(await stored()).toEqual({});
  });

  test("for an order, a key, a timer, and then permanently", async () => {
    await place({ client_id: "order", stp_group: "group" });
    await post("/orders", { ...ORDER, client_id: "key", quantity: 20_000, idempotency_key: "k" });
    await post("/orders/cancel-after", { client_id: "timer", instrument: "BTC-USD", seconds: 60 });
    const { instrument: _, ...entry } = { ...ORDER, action: "place" };
    const entries = [
      { ...entry, client_id: "entry" },
      { ...entry, client_id: "refused", quantity: 20_000 },
      { ...entry, client_id: "next" },
    ];
    await post("/orders/batch", { instrument: "BTC-USD", entries });
    expect(await stored()).toEqual({ order: 1, "order group": 2, key: 3, timer: 4, entry: 5, next: 6 });
  });

  test("again after it was withdrawn, so that refusals leave no gaps", async () => {
    const wrong = (client: string) => line({ client, quantity: "20000" });
    await submitTogether([wrong("x"), line({ client: "a" }), wrong("y"), wrong("x"), line({ client: "b" })]);
    expect(await stored()).toEqual({ a: 1, b: 2 });
  });
});

describe("a client without stored data", () => {
  test("is removed after 30 idle days, with its statistics, and returns as new", async () => {
    await place({ client_id: "seller", side: "sell", quantity: "1" });
    await place({ client_id: "buyer", quantity: "1", idempotency_key: "k" });
    await place({ client_id: "other", quantity: "1" });
    vi.setSystemTime(START_MS + 29 * DAY_MS);
    await prune();
    expect(await stored()).toEqual({ seller: 1, buyer: 2, other: 3 });
    vi.setSystemTime(START_MS + 31 * DAY_MS);
    await prune();
    // The third has a resting order.
    expect(await stored()).toEqual({ other: 3 });
    const count = "SELECT count(*) AS count FROM client_statistics";
    expect(await selectOne(count)).toEqual({ count: 0 });
    // The next clients get the free numbers, and nothing of their previous owners.
    const next = await place({ client_id: "next", side: "sell", quantity: "0.25" });
    expect(next.status).toBe("filled");
    await place({ client_id: "late", price: 1, idempotency_key: "k" });
    expect(await stored()).toEqual({ next: 1, late: 2, other: 3 });
    const sums = JSON.parse((await get("/analytics/clients/next")).text);
    expect(sums).toMatchObject({ sold: { trades: 1 }, bought: { trades: 0 } });
    expect(JSON.parse((await get("/analytics/clients/late")).text)).toMatchObject({ bought: { trades: 0 } });
    await verified("after");
  });

  test("stays for reports, a timer, a tie, a group that an order names, and any later use", async () => {
    await place({ client_id: "owner", stp_group: "group", price: 3 });
    await place({ client_id: "gone", price: 2 });
    await place({ client_id: "active", price: 2 });
    await post("/orders/cancel-all", { client_id: "gone", instrument: "BTC-USD" });
    await post("/orders/cancel-all", { client_id: "active", instrument: "BTC-USD" });
    await runInDurableObject(object(), (_, { storage }) => {
      const { clients } = new Journal(storage.sql);
      storage.sql.exec("INSERT INTO report_clients VALUES (?, 0)", clients.number("reported"));
      storage.sql.exec("INSERT INTO tied_clients VALUES (?)", clients.number("tied"));
      storage.sql.exec("INSERT INTO cancel_timers VALUES (?, 9e12)", clients.number("timed"));
    });
    vi.setSystemTime(START_MS + 40 * DAY_MS);
    await place({ client_id: "active", idempotency_key: "k", price: 1 });
    await post("/orders/cancel-all", { client_id: "active", instrument: "BTC-USD" });
    await prune();
    const names = Object.keys(await stored()).sort();
    expect(names).toEqual(["active", "owner", "owner group", "reported", "tied", "timed"]);
  });
});

test("of very many clients, the least recently used are removed once their keys' window is over", async () => {
  await place({ client_id: "first", price: 2, idempotency_key: "k" });
  await post("/orders/cancel-all", { client_id: "first", instrument: "BTC-USD" });
  await runInDurableObject(object(), (_, { storage }) => {
    const query = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO clients (client_id, used_ms) SELECT 'c' || i, ? + i FROM n`;
    storage.sql.exec(query, 100_030, START_MS + 2 * 60 * 60 * 1000);
  });
  vi.setSystemTime(START_MS + 20 * 60 * 60 * 1000);
  await prune();
  expect(await selectOne("SELECT count(*) AS count FROM clients")).toEqual({ count: 100_031 });
  vi.setSystemTime(START_MS + 2 * DAY_MS);
  await prune();
  const { count, least } = await selectOne(
    "SELECT count(*) AS count, min(client_number) AS least FROM clients",
  );
  expect({ count, least }).toEqual({ count: 100_000, least: 32 });
});

test("the removal of clients covers every table that names them", async () => {
  const tables = await runInDurableObject(object(), (_, { storage }) => {
    const query = `SELECT m.name AS name FROM sqlite_master m, pragma_table_info(m.name) c
      WHERE c.name LIKE '%client%number%' ORDER BY m.name`;
    return Array.from(storage.sql.exec<{ name: string }>(query), ({ name }) => name);
  });
  expect(tables).toEqual([
    "base_open_orders",
    "cancel_timers",
    "client_statistics",
    "clients",
    "free_client_numbers",
    "idempotency",
    "order_columns",
    "report_clients",
    "reports",
    "tied_clients",
  ]);
});

test.each([31, 32])(
  "a number belongs to one client at a time, whichever clients come and go, seed %i",
  async (seed) => {
    const random = new Random(seed);
    const open = new Map<string, string>();
    let nowMs = START_MS;
    for (let step = 0; step < 60; step++) {
      const label = `seed ${seed}, step ${step}`;
      const client = `client-${random.below(12)}`;
      if (random.chance(0.3)) await post("/orders", { ...ORDER, client_id: `new-${step}`, quantity: 20_000 });
      const order = open.get(client);
      if (order !== undefined) {
        const { client_id } = JSON.parse((await get(`/orders?client_id=${client}&status=open`)).text);
        expect(client_id, label).toBe(client);
        expect((await post(`/orders/${order}/cancel`)).status, label).toBe(200);
        open.delete(client);
      } else open.set(client, (await place({ client_id: client, price: 1, stp_group: "group" })).order_id);
      if (random.chance(0.2)) {
        nowMs += random.pick([1, 10, 40]) * DAY_MS;
        vi.setSystemTime(nowMs);
        await prune();
        const numbers = Object.values(await stored());
        expect(new Set(numbers).size, label).toBe(numbers.length);
        expect(Math.max(0, ...numbers), label).toBeLessThanOrEqual(29);
        for (const owner of open.keys()) expect(Object.keys(await stored()), label).toContain(owner);
        await verified(label);
      }
    }
  },
);

import { abortAllDurableObjects, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { orderList, type PlacedOrderView } from "../../../protocol/order-entry.ts";
import { batchAnswer, cancelAllAnswer } from "../../../protocol/order-group.ts";
import { expectOneState, get, ORDER, objectOf, place, post, read } from "../client.ts";

beforeEach(reset);
afterEach(() => void vi.useRealTimers());
afterEach(expectOneState);

const { client_id: _, instrument: __, ...PLAIN } = ORDER;
const VALUE_BYTES_MAX = 1_000_000;

function batch(entries: readonly object[], change: object = {}) {
  return post("/orders/batch", { instrument: "BTC-USD", client_id: "client-A", entries, ...change });
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

async function fill(count: number, of: object): Promise<void> {
  const entries = times(Math.min(count, 1_000), () => ({ action: "place", ...PLAIN, ...of }));
  for (let left = count; left > 0; left -= 1_000)
    read(await batch(entries.slice(0, left), { answers: "brief" }), 200, batchAnswer);
}

async function answers(entries: readonly object[], change?: object): Promise<PlacedOrderView[]> {
  const { results } = read(await batch(entries, change), 200, batchAnswer);
  return results.map(({ body }) => body as PlacedOrderView);
}

/** The largest value in any row, in bytes. */
function largestValue(): Promise<number> {
  return runInDurableObject(objectOf(), (_, { storage: { sql } }) => {
    const tables = sql
      .exec<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .toArray();
    const sizes = tables.flatMap(({ name }) => {
      const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", name).toArray();
      return columns.map(({ name: column }) => {
        const query = `SELECT max(length(CAST("${column}" AS BLOB))) AS size FROM "${name}"`;
        return sql.exec<{ size: number | null }>(query).one().size ?? 0;
      });
    });
    return sizes.reduce((a, b) => Math.max(a, b), 0);
  });
}

function partsStored(): Promise<number> {
  return runInDurableObject(objectOf(), (_, { storage: { sql } }) =>
    Number(sql.exec("SELECT count(*) AS count FROM answer_parts").one().count),
  );
}

test("a batch lists a thousand trades in total, and counts each order's trades", async () => {
  await fill(1_200, { side: "sell", quantity: "1", client_id: "client-B" });
  const takers = times(3, () => ({ action: "place", ...PLAIN, quantity: "400" }));
  const placed = await answers(takers, { atomic: true });
  expect(placed.map(({ trades, trade_count }) => [trades.length, trade_count])).toEqual([
    [400, 400],
    [400, 400],
    [200, 400],
  ]);
  expect(placed[2]?.trades.map(({ trade_id }) => trade_id)).toEqual(times(200, (index) => 801 + index));
});

test("stored answers of entries list no more, and stay whole under their own keys", async () => {
  await fill(900, { side: "sell", quantity: "1", client_id: "client-B" });
  const order = { ...PLAIN, quantity: "450" };
  const first = await place({ ...order, idempotency_key: "one" });
  const second = await place({ ...order, idempotency_key: "two" });
  expect([first.trades.length, second.trades.length]).toEqual([450, 450]);
  const entries = ["one", "two", "one", "two"].map((idempotency_key) => ({
    action: "place",
    ...order,
    idempotency_key,
  }));
  const { results } = read(await batch(entries), 200, batchAnswer);
  expect(results.map(({ is_replay, body }) => [is_replay, (body as PlacedOrderView).trades.length])).toEqual([
    [true, 450],
    [true, 450],
    [true, 100],
    [true, 0],
  ]);
  const again = await post("/orders", { ...ORDER, ...order, idempotency_key: "two" });
  expect(JSON.parse(again.text)).toEqual(second);
});

test("a batch starts no further entry once its flush is full; its key stores that, an entry's own key does not", async () => {
  await fill(6_000, { side: "sell", quantity: "1", client_id: "client-B" });
  const taker = { action: "place", ...PLAIN, quantity: "480" };
  const keyed = { ...taker, idempotency_key: "late", quantity: "1" };
  const early = { ...PLAIN, side: "sell", price: "60000.00", quantity: "1", idempotency_key: "early" };
  await post("/orders", { ...ORDER, ...early });
  const entries = [...times(13, () => taker), keyed, { action: "place", ...early }];
  const sent = { idempotency_key: "batch" };
  const reply = await batch(entries, sent);
  const { results } = read(reply, 200, batchAnswer);
  expect(results.map(({ status }) => status)).toEqual([...times(11, () => 201), 503, 503, 503, 201]);
  expect(results[14]?.is_replay).toBe(true);
  expect(results[13]?.body).toMatchObject({
    code: "overloaded",
    detail: expect.stringContaining("send this entry again"),
  });
  const again = await batch(entries, sent);
  expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([reply.text, "true"]);
  expect((await place({ ...PLAIN, quantity: "1", idempotency_key: "late" })).trade_count).toBe(1);
});

test("the answer to a batch with the longest names is below 4 MB, is stored in values below 1 MB, and is deleted in time", async () => {
  const startMs = Date.UTC(2026, 5, 1);
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  await fill(1_000, { side: "sell", quantity: "0.5", client_id: "client-B" });
  const names = (index: number) => ({
    client_order_id: `${index}`.padEnd(64, '"'),
    stp_group: `${index}`.padEnd(64, "\\"),
    self_trade_prevention: "decrement",
  });
  const { type, side, price, quantity } = PLAIN;
  const entries = times(1_000, (index) => ({
    action: "place",
    type,
    side,
    price,
    quantity,
    time_in_force: "gtd",
    expires_at: "2099-12-31T23:59:59.999Z",
    ...names(index),
  }));
  const change = { client_id: '"'.repeat(64), idempotency_key: '"'.repeat(128) };
  const reply = await batch(entries, change);
  const { results } = read(reply, 200, batchAnswer);
  expect(results.map(({ status }) => status)).toEqual(times(1_000, () => 201));
  const length = new TextEncoder().encode(reply.text).length;
  expect(length).toBeGreaterThan(1_000_000);
  expect(length).toBeLessThan(4_000_000);
  expect(await largestValue()).toBeLessThan(VALUE_BYTES_MAX);
  expect(await partsStored()).toBeGreaterThan(2);
  await abortAllDurableObjects();
  const again = await batch(entries, change);
  expect(again.text === reply.text, "byte for byte").toBe(true);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  vi.setSystemTime(startMs + 25 * 60 * 60 * 1000);
  await place({ client_id: "client-C", price: "1.00" });
  expect(await partsStored()).toBe(0);
});

test("the error of an unreadable entry is short, however long the names in it are", async () => {
  const entries = times(100, (index) => ({ action: "place", ...PLAIN, [`${index}`.padEnd(10_000, "x")]: 1 }));
  const { text } = await batch(entries);
  expect(text.length).toBeLessThan(100_000);
  expect(JSON.parse(text).results[99].body).toMatchObject({
    code: "unknown_field",
    field: expect.stringMatching(/^99x+…$/),
  });
});

test("a page of orders, and the list of a cancel-all, is below 1 MB; together the pages have all orders", async () => {
  const client_id = '"'.repeat(64);
  const entries = times(1_000, (index) => ({
    action: "place",
    ...PLAIN,
    price: "1.00",
    time_in_force: "gtd",
    expires_at: "2099-12-31T23:59:59.999Z",
    client_order_id: `${index}`.padEnd(64, '"'),
    stp_group: `${index}`.padEnd(64, "\\"),
    idempotency_key: `${index}`.padEnd(128, '"'),
    self_trade_prevention: "decrement",
  }));
  read(await batch(entries.slice(0, 500), { client_id }), 200, batchAnswer);
  read(await batch(entries.slice(500), { client_id }), 200, batchAnswer);
  const ids: string[] = [];
  for (let query = ""; ; query = `&before=${ids.at(-1)}`) {
    const path = `/orders?status=open&limit=1000&client_id=${encodeURIComponent(client_id)}${query}`;
    const reply = await get(path);
    expect(reply.text.length).toBeLessThan(VALUE_BYTES_MAX);
    const { orders } = read(reply, 200, orderList);
    if (orders.length === 0) break;
    for (const { order_id } of orders) ids.push(order_id);
  }
  expect(new Set(ids).size).toBe(1_000);
  const cancelled = await post("/orders/cancel-all", { client_id, instrument: "BTC-USD" });
  expect(cancelled.text.length).toBeLessThan(VALUE_BYTES_MAX);
  expect(read(cancelled, 200, cancelAllAnswer).results).toMatchObject([{ cancelled_count: 1_000 }]);
});

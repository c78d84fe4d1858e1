import { reset, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { Journal } from "../../durable-objects/journal/journal.ts";
import type { OrderRecord } from "../../durable-objects/records/order-record.ts";
import { runSchemaSteps } from "../../durable-objects/storage/schema-steps.ts";
import { BUY, type QuantityLots, SELL } from "../../engine/vocabulary/units.ts";
import { Random } from "../support/random.ts";
import { object } from "./flow.ts";

beforeEach(reset);

const COUNTS = [0, 1, 2, 17, 1000];

test("any number of orders can be written at once, and each is read as it was written", async () => {
  const seed = 501;
  const random = new Random(seed);
  await runInDurableObject(object(), (_, { storage }) => {
    const journal = new Journal(storage.sql);
    const client = journal.clientNumber("client-A");
    let number = 0;
    for (const count of COUNTS) {
      const orders = Array.from({ length: count }, () => anOrder(random, client, ++number));
      journal.orders.insert(orders);
      expectStored(journal, orders, `seed ${seed}, ${count} inserted`);
      const changed = orders.filter(() => random.chance(0.9));
      for (const order of changed) change(random, order);
      journal.orders.update(changed);
      expectStored(journal, orders, `seed ${seed}, ${changed.length} of ${count} changed`);
    }
  });
});

test("orders that are read together and are not all stored are an error", async () => {
  await runInDurableObject(object(), (_, { storage }) => {
    const journal = new Journal(storage.sql);
    journal.orders.insert([anOrder(new Random(504), journal.clientNumber("client-A"), 1)]);
    expect(() => journal.orders.readAll([1, 2])).toThrow("order 2 is not stored");
  });
});

test("a client order id finds the client's newest order with it", async () => {
  await runInDurableObject(object(), (_, { storage }) => {
    const journal = new Journal(storage.sql);
    const clients = [journal.clientNumber("client-A"), journal.clientNumber("client-B")] as const;
    const random = new Random(502);
    const named = (client: number, orderNumber: number, clientOrderId: string) => ({
      ...anOrder(random, client, orderNumber),
      clientId: client === clients[0] ? "client-A" : "client-B",
      clientOrderId,
    });
    const orders = [named(clients[0], 1, "a"), named(clients[1], 2, "a"), named(clients[0], 3, "a b")];
    const [first, others, spaced] = orders;
    journal.orders.insert([...orders, named(clients[0], 4, "A")]);
    expect(journal.orders.byClientOrderId(clients[0], "a")).toEqual(first);
    expect(journal.orders.byClientOrderId(clients[1], "a")).toEqual(others);
    expect(journal.orders.byClientOrderId(clients[0], "a b")).toEqual(spaced);
    expect(journal.orders.byClientOrderId(clients[0], "b")).toBeUndefined();
    const again = named(clients[0], 5, "a");
    journal.orders.insert([again]);
    expect(journal.orders.byClientOrderId(clients[0], "a")).toEqual(again);
  });
});

test("orders that an earlier version wrote are read as they were", async () => {
  const seed = 503;
  const random = new Random(seed);
  await runInDurableObject(object(), (_, { storage }) => {
    const { sql } = storage;
    sql.exec("DROP VIEW order_columns; DROP TABLE orders; DELETE FROM schema_steps WHERE step >= 5");
    sql.exec("DROP INDEX clients_by_use; ALTER TABLE clients DROP COLUMN used_ms");
    sql.exec("ALTER TABLE clients DROP COLUMN key_counts");
    sql.exec("DROP TRIGGER answer_parts_go; ALTER TABLE idempotency DROP COLUMN parts");
    sql.exec("ALTER TABLE events DROP COLUMN quote");
    // The tables of later schema steps.
    const tables = sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .toArray();
    for (const { name } of tables)
      if (!EARLIER_TABLES.has(name) && !/^(_cf|sqlite)_/.test(name)) sql.exec(`DROP TABLE ${name}`);
    sql.exec(EARLIER_ORDERS);
    const journal = new Journal(sql);
    const client = 1;
    sql.exec("INSERT INTO clients (client_number, client_id) VALUES (?, 'client-A')", client);
    const orders = Array.from({ length: 100 }, (_, index) => anOrder(random, client, index + 1));
    for (const order of orders) if (random.chance(0.5)) change(random, order);
    for (const order of orders) insertEarlier(sql, order);
    // An order from before there were terms.
    sql.exec(
      `INSERT INTO orders (order_number, time_ms, client_number, side, price_ticks, quantity_lots, filled_lots,
         filled_notional, status, updated_sequence, updated_time_ms)
       VALUES (101, 1, ?, 0, NULL, 5, 5, '10', 'filled', 101, 1)`,
      client,
    );
    runSchemaSteps(storage);
    expectStored(journal, orders, `seed ${seed}`);
    expect(journal.orders.read(101)).toMatchObject({ type: "market", selfTrade: "none", priority: 101 });
    const open = orders
      .filter(({ status }) => status !== "cancelled")
      .sort((a, b) => a.priority - b.priority);
    expect(Array.from(journal.orders.open(), ({ orderNumber }) => orderNumber)).toEqual(
      open.map(({ orderNumber }) => orderNumber),
    );
    const named = orders.findLast(({ clientOrderId }) => clientOrderId !== null);
    expect(journal.orders.byClientOrderId(client, named?.clientOrderId ?? "")).toEqual(named);
  });
});

/** The other tables of that time. */
const EARLIER_TABLES = new Set([
  "schema_steps",
  "clients",
  "events",
  "idempotency",
  "meta",
  "watermarks",
  "base",
  "base_trades",
  "waiting_stops",
  "book_state",
  "base_open_orders",
  "report_clients",
  "reports",
  "cancel_timers",
  "tied_clients",
  "statistics",
  "minutes",
  "client_statistics",
]);

/** The table of orders before an order was one JSON text. */
const EARLIER_ORDERS = `CREATE TABLE orders (
  order_number INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  client_number INTEGER NOT NULL,
  idempotency_key TEXT,
  side INTEGER NOT NULL,
  price_ticks INTEGER,
  quantity_lots INTEGER NOT NULL,
  filled_lots INTEGER NOT NULL,
  filled_notional TEXT NOT NULL,
  status TEXT NOT NULL,
  cancel_reason TEXT,
  updated_sequence INTEGER NOT NULL,
  updated_time_ms INTEGER NOT NULL,
  type INTEGER,
  self_trade INTEGER,
  priority INTEGER,
  client_order_id TEXT,
  extras TEXT
)`;

function insertEarlier(sql: SqlStorage, order: OrderRecord): void {
  const { terms, placed, preventedLots, displayedLots } = order;
  const extras = { terms, placed, preventedLots, displayedLots: displayedLots ?? undefined };
  const isPlain = terms === undefined && placed === undefined && preventedLots === 0;
  sql.exec(
    `INSERT INTO orders VALUES (${Array(18).fill("?").join(", ")})`,
    order.orderNumber,
    order.timeMs,
    order.client,
    order.idempotencyKey,
    order.side,
    order.priceTicks,
    order.quantityLots,
    order.filledLots,
    order.filledNotional.toString(),
    order.status,
    order.cancelReason,
    order.updatedSequence,
    order.updatedTimeMs,
    0,
    1,
    order.priority,
    order.clientOrderId,
    isPlain ? null : JSON.stringify(extras),
  );
}

function expectStored(journal: Journal, orders: readonly OrderRecord[], label: string): void {
  const newestFirst = orders.toReversed();
  expect(journal.orders.readAll(newestFirst.map(({ orderNumber }) => orderNumber))).toEqual(newestFirst);
  expect(
    orders.map(({ orderNumber }) => journal.orders.read(orderNumber)),
    label,
  ).toEqual(orders);
}

/** Every third order has terms, which are written to more columns. */
function anOrder(random: Random, client: number, orderNumber: number): OrderRecord {
  const quantityLots = random.between(1, 1_000);
  const timeMs = 1_800_000_000_000 + orderNumber;
  const isIceberg = random.chance(0.33);
  return {
    orderNumber,
    timeMs,
    client,
    clientId: "client-A",
    selfTradeGroup: null,
    type: "limit",
    idempotencyKey: random.chance(0.5) ? null : `key-${orderNumber}`,
    clientOrderId: random.chance(0.5) ? null : `order-${orderNumber}`,
    side: random.chance(0.5) ? BUY : SELL,
    priceTicks: random.between(1, 10_000_000),
    quantityLots,
    selfTrade: "expire_taker",
    terms: isIceberg ? { displayLots: 1 as QuantityLots } : undefined,
    placed: undefined,
    filledLots: 0,
    filledNotional: 0n,
    preventedLots: 0,
    status: "open",
    cancelReason: null,
    priority: orderNumber,
    displayedLots: isIceberg ? 1 : null,
    updatedSequence: orderNumber,
    updatedTimeMs: timeMs,
  };
}

function change(random: Random, order: OrderRecord): void {
  order.filledLots = random.between(0, order.quantityLots);
  // Above 2^53, which only text keeps.
  order.filledNotional = 2n ** 60n + BigInt(random.between(0, 1_000));
  order.status = random.chance(0.5) ? "partially_filled" : "cancelled";
  if (order.status === "cancelled") order.cancelReason = "by_owner";
  order.updatedSequence += random.between(1, 1_000);
  order.updatedTimeMs += random.between(1, 1_000);
  // The values of a plain order.
  if (order.terms === undefined) return;
  order.priceTicks = random.between(1, 10_000_000);
  order.quantityLots += 1;
  order.priority = order.updatedSequence;
  order.preventedLots = random.between(0, 5);
}

import { ANSWER_PARTS } from "./answer-parts.ts";
import { CLIENT_USE } from "./client-table.ts";
import { COUNTERS } from "./counter-table.ts";
import { FAILURE_TABLES } from "./failure-tables.ts";

/** The fields of an order's record, in order. */
const RECORD_COLUMNS = [
  "time_ms",
  "client_number",
  "idempotency_key",
  "client_order_id",
  "side",
  "type",
  "self_trade",
  "price_ticks",
  "quantity_lots",
  "filled_lots",
  "filled_notional",
  "status",
  "cancel_reason",
  "priority",
  "updated_sequence",
  "updated_time_ms",
  "extras",
];

/**
 * The schema steps of an instrument's own SQLite. Each runs once, in order, in the constructor. A released
 * step is never edited: a change is a new step. These steps are neither the Postgres migrations nor
 * wrangler's class migrations.
 *
 * Amounts are integers of ticks and lots, below 2^53. Exact sums beyond that are TEXT.
 */
const SCHEMA_STEPS: readonly string[] = [
  `
  CREATE TABLE clients (
    client_number INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE
  );

  CREATE TABLE orders (
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
    updated_time_ms INTEGER NOT NULL
  );
  CREATE INDEX resting_orders ON orders (order_number) WHERE status IN ('open', 'partially_filled');

  CREATE TABLE events (
    first_sequence INTEGER PRIMARY KEY,
    last_sequence INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    trade_count INTEGER NOT NULL,
    events TEXT NOT NULL
  );
  CREATE INDEX events_with_trades ON events (first_sequence) WHERE trade_count > 0;

  CREATE TABLE idempotency (
    id INTEGER PRIMARY KEY,
    client_number INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    request TEXT NOT NULL,
    answer TEXT NOT NULL
  );
  CREATE UNIQUE INDEX idempotency_keys ON idempotency (idempotency_key, client_number);

  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  );
  INSERT INTO meta (name, value) VALUES ('epoch', 1);
  `,
  `
  CREATE TABLE watermarks (
    sink TEXT PRIMARY KEY,
    last_sequence INTEGER NOT NULL
  );
  `,
  // The base, where the journal begins: the book at a sequence, the totals up to it, the trades before it.
  `
  CREATE TABLE base (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    trade_number INTEGER NOT NULL,
    last_trade_price_ticks INTEGER,
    orders INTEGER NOT NULL,
    filled INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    trades INTEGER NOT NULL,
    lots TEXT NOT NULL,
    notional TEXT NOT NULL
  );
  CREATE TABLE base_orders (
    order_number INTEGER PRIMARY KEY,
    client_number INTEGER NOT NULL,
    side INTEGER NOT NULL,
    price_ticks INTEGER NOT NULL,
    quantity_lots INTEGER NOT NULL,
    filled_lots INTEGER NOT NULL
  );
  CREATE TABLE base_trades (
    trade_number INTEGER PRIMARY KEY,
    trade TEXT NOT NULL
  );
  `,
  // Orders of every kind. The fields that a plain order does not have are in `extras`, as JSON.
  `
  ALTER TABLE orders ADD COLUMN type INTEGER;
  ALTER TABLE orders ADD COLUMN self_trade INTEGER;
  ALTER TABLE orders ADD COLUMN priority INTEGER;
  ALTER TABLE orders ADD COLUMN client_order_id TEXT;
  ALTER TABLE orders ADD COLUMN extras TEXT;
  UPDATE orders SET priority = order_number WHERE status IN ('open', 'partially_filled');
  DROP INDEX resting_orders;
  CREATE INDEX open_orders ON orders (priority) WHERE status IN ('waiting', 'open', 'partially_filled');
  CREATE INDEX orders_by_client_order_id ON orders (client_number, client_order_id)
    WHERE client_order_id IS NOT NULL;

  CREATE TABLE waiting_stops (
    order_number INTEGER PRIMARY KEY,
    anchor_ticks INTEGER,
    is_reached INTEGER NOT NULL
  );
  CREATE TABLE book_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL
  );

  CREATE TABLE base_open_orders (
    order_number INTEGER PRIMARY KEY,
    priority INTEGER NOT NULL,
    client_number INTEGER NOT NULL,
    side INTEGER NOT NULL,
    price_ticks INTEGER,
    quantity_lots INTEGER NOT NULL,
    remaining_lots INTEGER NOT NULL,
    self_trade INTEGER NOT NULL,
    is_waiting INTEGER NOT NULL,
    extras TEXT
  );
  CREATE INDEX base_waiting_orders ON base_open_orders (order_number) WHERE is_waiting = 1;
  INSERT INTO base_open_orders
    SELECT order_number, order_number, client_number, side, price_ticks, quantity_lots, quantity_lots - filled_lots,
      0, 0, NULL FROM base_orders;
  DROP TABLE base_orders;
  ALTER TABLE base ADD COLUMN state TEXT;
  `,
  // Execution reports, clients whose orders end with a timer or a connection, and market statistics.
  `
  CREATE TABLE report_clients (
    client_number INTEGER PRIMARY KEY,
    last_report INTEGER NOT NULL
  );
  CREATE TABLE reports (
    client_number INTEGER NOT NULL,
    report_number INTEGER NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (client_number, report_number)
  ) WITHOUT ROWID;
  CREATE TABLE cancel_timers (
    client_number INTEGER PRIMARY KEY,
    due_ms INTEGER NOT NULL
  );
  CREATE TABLE tied_clients (
    client_number INTEGER PRIMARY KEY
  );

  CREATE TABLE statistics (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL
  );
  CREATE TABLE minutes (
    start_ms INTEGER PRIMARY KEY,
    minute TEXT NOT NULL
  );
  CREATE TABLE client_statistics (
    client_number INTEGER PRIMARY KEY,
    sums TEXT NOT NULL
  );
  `,
  // An order is written from few values. The fields that only reads need are one JSON text.
  `
  CREATE TABLE order_records (
    order_number INTEGER PRIMARY KEY,
    open_priority INTEGER,
    client_order TEXT,
    record TEXT NOT NULL,
    time_ms INTEGER AS (record->>0),
    client_number INTEGER AS (record->>1),
    idempotency_key TEXT AS (record->>2),
    client_order_id TEXT AS (record->>3),
    side INTEGER AS (record->>4),
    type INTEGER AS (record->>5),
    self_trade INTEGER AS (record->>6),
    price_ticks INTEGER AS (record->>7),
    quantity_lots INTEGER AS (record->>8),
    filled_lots INTEGER AS (record->>9),
    filled_notional TEXT AS (record->>10),
    status TEXT AS (record->>11),
    cancel_reason TEXT AS (record->>12),
    priority INTEGER AS (record->>13),
    updated_sequence INTEGER AS (record->>14),
    updated_time_ms INTEGER AS (record->>15),
    extras TEXT AS (record->>16)
  );
  INSERT INTO order_records (order_number, open_priority, client_order, record)
    SELECT order_number,
      CASE WHEN status IN ('waiting', 'open', 'partially_filled') THEN coalesce(priority, order_number) END,
      client_number || ' ' || client_order_id,
      json_array(time_ms, client_number, idempotency_key, client_order_id, side,
        coalesce(type, price_ticks IS NULL), coalesce(self_trade, 0), price_ticks, quantity_lots, filled_lots,
        filled_notional, status, cancel_reason, coalesce(priority, order_number), updated_sequence,
        updated_time_ms, json(extras))
    FROM orders;
  DROP TABLE orders;
  ALTER TABLE order_records RENAME TO orders;
  CREATE INDEX open_orders ON orders (open_priority) WHERE open_priority IS NOT NULL;
  CREATE INDEX orders_by_client_order ON orders (client_order) WHERE client_order IS NOT NULL;
  `,
  // A table computes even its virtual columns at every write; a view computes them when they are read.
  `
  ${RECORD_COLUMNS.map((name) => `ALTER TABLE orders DROP COLUMN ${name};`).join(" ")}
  CREATE VIEW order_columns AS SELECT order_number, open_priority, client_order,
    ${RECORD_COLUMNS.map((name, place) => `record->>${place} AS ${name}`).join(", ")}
    FROM orders;
  `,
  // The venue that the instrument belongs to. A rebuild keeps it.
  `
  CREATE TABLE ownership (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    venue_id TEXT NOT NULL,
    adopted_venue_id TEXT
  );
  `,
  FAILURE_TABLES,
  CLIENT_USE,
  ANSWER_PARTS,
  COUNTERS,
  // The best prices after a flush, where it changed them: what statistics cannot learn from the events.
  "ALTER TABLE events ADD COLUMN quote TEXT;",
];

/** Brings an object's tables to the newest schema. */
export function runSchemaSteps(storage: DurableObjectStorage): void {
  const { sql } = storage;
  sql.exec("CREATE TABLE IF NOT EXISTS schema_steps (step INTEGER PRIMARY KEY)");
  const done = sql.exec<{ count: number }>("SELECT count(*) AS count FROM schema_steps").one().count;
  for (let step = done; step < SCHEMA_STEPS.length; step++) {
    storage.transactionSync(() => {
      sql.exec(SCHEMA_STEPS[step] ?? "");
      sql.exec("INSERT INTO schema_steps (step) VALUES (?)", step);
    });
  }
}

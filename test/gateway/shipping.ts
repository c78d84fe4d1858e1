import { randomUUID } from "node:crypto";
import type pg from "pg";
import { ORDER_COLUMNS, TRADE_COLUMNS } from "../../durable-objects/outbox/postgres/postgres-rows.ts";

/** Rows as a sink ships them. Amounts are exact decimal text, as in the tables. */
export type Row = Record<string, string | number | null>;

/** An open order for 2 at 100.10, with overrides. */
export function order(overrides: Row = {}): Row {
  return {
    order_id: randomUUID(),
    instrument: "BTC-USD",
    epoch: 1,
    order_number: 1,
    client_id: "ada",
    idempotency_key: null,
    side: "buy",
    type: "limit",
    price: "100.10",
    quantity: "2.00000000",
    filled_quantity: "0",
    remaining_quantity: "2.00000000",
    cancelled_quantity: "0",
    filled_notional: "0",
    status: "open",
    cancel_reason: null,
    price_ticks: 10_010,
    quantity_lots: 200_000_000,
    filled_lots: 0,
    prevented_quantity: "0.00000000",
    prevented_lots: 0,
    self_trade_prevention: "expire_taker",
    priority_sequence: 1,
    updated_sequence: 1,
    accepted_at: "2026-11-23T12:00:00.001Z",
    updated_at: "2026-11-23T12:00:00.001Z",
    ...overrides,
  };
}

/** A trade of 0.00000003 at 100.10, with overrides. */
export function trade(overrides: Row = {}): Row {
  return {
    instrument: "BTC-USD",
    trade_number: 1,
    epoch: 1,
    sequence: 3,
    maker_order_id: randomUUID(),
    taker_order_id: randomUUID(),
    maker_client_id: "ada",
    taker_client_id: "bob",
    taker_side: "sell",
    price: "100.10",
    quantity: "0.00000003",
    notional: "0.0000030030",
    price_ticks: 10_010,
    quantity_lots: 3,
    executed_at: "2026-11-23T12:00:00.002Z",
    ...overrides,
  };
}

function names(columns: Record<string, string>): string {
  return Object.keys(columns).join(", ");
}

function source(columns: Record<string, string>): string {
  const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `SELECT ${names(columns)} FROM jsonb_to_recordset($1::jsonb) AS batch (${typed.join(", ")})`;
}

const updates = Object.keys(ORDER_COLUMNS)
  .filter((name) => name !== "order_id")
  .map((name) => `${name} = excluded.${name}`);

/** Upserts orders, and skips rows that are not newer than the stored ones. Returns the number written. */
export async function shipOrders(client: pg.Client, rows: Row[]): Promise<number | null> {
  const { rowCount } = await client.query(
    `INSERT INTO orders AS held (${names(ORDER_COLUMNS)}) ${source(ORDER_COLUMNS)}
     ON CONFLICT (order_id) DO UPDATE SET ${updates.join(", ")}
     WHERE (held.epoch, held.updated_sequence) < (excluded.epoch, excluded.updated_sequence)`,
    [JSON.stringify(rows)],
  );
  return rowCount;
}

/** Inserts trades, and skips existing ones. Returns the number written. */
export async function shipTrades(client: pg.Client, rows: Row[]): Promise<number | null> {
  const { rowCount } = await client.query(
    `INSERT INTO trades (${names(TRADE_COLUMNS)}) ${source(TRADE_COLUMNS)} ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
  return rowCount;
}

/**
 * Moves a watermark forward, and skips one that is not ahead of the stored one. Returns the rows written, 0
 * or 1.
 */
export async function moveWatermark(
  client: pg.Client,
  instrument: string,
  epoch: number,
  sequence: number,
  venueId: string | null = null,
): Promise<number | null> {
  const { rowCount } = await client.query(
    `INSERT INTO watermarks AS held (instrument, epoch, last_sequence, venue_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (instrument) DO UPDATE
     SET epoch = excluded.epoch, last_sequence = excluded.last_sequence, updated_at = excluded.updated_at
     WHERE (held.epoch, held.last_sequence) < (excluded.epoch, excluded.last_sequence)`,
    [instrument, epoch, sequence, venueId],
  );
  return rowCount;
}

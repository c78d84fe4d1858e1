import type { Sql } from "./postgres-client.ts";
import { ORDER_COLUMNS, type Row, TRADE_COLUMNS } from "./postgres-rows.ts";
import type { RowText } from "./row-text.ts";

/**
 * Writes orders. An older state of an order than the stored one has no effect. @param rows of
 * `ORDER_COLUMNS`.
 */
export function upsertOrders(sql: Sql, rows: readonly RowText[]) {
  const updates = Object.keys(ORDER_COLUMNS)
    .filter((name) => name !== "order_id")
    .map((name) => `${name} = excluded.${name}`);
  return sql.query(
    `INSERT INTO orders AS held (${names(ORDER_COLUMNS)}) ${batchOf(ORDER_COLUMNS)}
     ON CONFLICT (order_id) DO UPDATE SET ${updates.join(", ")}
     WHERE (held.epoch, held.updated_sequence) < (excluded.epoch, excluded.updated_sequence)`,
    [`[${rows.join(",")}]`],
  );
}

/** Writes trades. A trade that is already stored has no effect. @param rows of `TRADE_COLUMNS`. */
export function insertTrades(sql: Sql, rows: readonly RowText[]) {
  return sql.query(
    `INSERT INTO trades (${names(TRADE_COLUMNS)}) ${batchOf(TRADE_COLUMNS)} ON CONFLICT DO NOTHING`,
    [`[${rows.join(",")}]`],
  );
}

/** Moves an instrument's watermark forward, never back. @param venueId the venue that owns the row. */
export function moveWatermark(sql: Sql, row: Row, venueId: string) {
  return sql.query(
    `INSERT INTO watermarks AS held
       (instrument, epoch, last_sequence, last_trade_number, last_trade_price_ticks, last_event_at, state_hash, book_state,
        venue_id)
     VALUES ($1, $2, $3, coalesce($4, 0), $5, $6, $7, $8, $9)
     ON CONFLICT (instrument) DO UPDATE SET
       epoch = excluded.epoch,
       last_sequence = excluded.last_sequence,
       last_trade_number = coalesce($4, held.last_trade_number),
       last_trade_price_ticks = coalesce($5, held.last_trade_price_ticks),
       last_event_at = excluded.last_event_at,
       state_hash = excluded.state_hash,
       book_state = excluded.book_state,
       updated_at = excluded.updated_at
     WHERE (held.epoch, held.last_sequence) < (excluded.epoch, excluded.last_sequence)
       AND held.venue_id = excluded.venue_id`,
    [
      row.instrument,
      row.epoch,
      row.last_sequence,
      row.last_trade_number,
      row.last_trade_price_ticks,
      row.last_event_at,
      row.state_hash,
      row.book_state,
      venueId,
    ],
  );
}

/**
 * Fails the transaction if the rows belong to another venue, events before the batch are missing, or the
 * epoch has ended.
 */
export function expectWatermark(sql: Sql, instrument: string, epoch: number, after: number, venueId: string) {
  return sql`SELECT expect_watermark(${instrument}, ${epoch}, ${after}, ${venueId})`;
}

/** Counts the rejected rows of an instrument that are unresolved. */
export function countDeadRows(sql: Sql, instrument: string) {
  return sql`SELECT count(*) AS count FROM outbox_dead WHERE instrument = ${instrument} AND resolved_at IS NULL`;
}

function names(columns: Readonly<Record<string, string>>): string {
  return Object.keys(columns).join(", ");
}

/** The rows of the first parameter, a JSON array of `RowText`s, with the columns' types. */
function batchOf(columns: Readonly<Record<string, string>>): string {
  const types = Object.values(columns);
  const typed = types.map((type, place) => `"${place}" ${type}`);
  const places = types.map((_, place) => `"${place}"`);
  return `SELECT ${places.join(", ")} FROM jsonb_to_recordset($1::jsonb) AS batch (${typed.join(", ")})`;
}

import { NeonDbError } from "@neondatabase/serverless";
import type { Event } from "../../engine/event.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { Journal } from "../instrument/journal.ts";
import type { OrderRecord } from "../instrument/order-record.ts";
import { connectPostgres, type Sql } from "./postgres-client.ts";
import { ORDER_COLUMNS, orderRow, type Row, TRADE_COLUMNS, tradeRow, watermarkRow } from "./postgres-rows.ts";
import type { Sink } from "./sink.ts";

/** Events in one batch: one transaction, some hundred kilobytes. */
const BATCH_EVENTS_MAX = 2_000;
const REQUEST_MS_MAX = 10_000;

/** What to write for a run of events. */
interface Batch {
  readonly orders: readonly Row[];
  readonly trades: readonly Row[];
  readonly watermark: Row;
}

/**
 * Ships orders and trades to Postgres. Rows and watermark move in one transaction, every statement
 * leaves out what is there already: a batch whose answer was lost is sent again and changes nothing.
 */
export class PostgresSink implements Sink {
  readonly name = "postgres";
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #connect: () => Sql;
  #batchEvents = BATCH_EVENTS_MAX;
  #deadRows = 0;

  /** @param fetchEndpoint takes the place of Neon's own address, for a gateway on one's own machine. */
  constructor(
    spec: InstrumentSpec,
    journal: Journal,
    databaseUrl: string,
    fetchEndpoint: string | undefined,
  ) {
    this.#spec = spec;
    this.#journal = journal;
    this.#connect = () => connectPostgres(databaseUrl, fetchEndpoint, REQUEST_MS_MAX);
  }

  deadRows(): number {
    return this.#deadRows;
  }

  /**
   * Ships one batch. Where Postgres refuses a row, the batch is halved until that row's event stands
   * alone; batches then grow again. Each call that returns has got somewhere, so that however many
   * rows are refused, what follows a restart or a deadline goes on from there.
   */
  async ship(afterSequence: number): Promise<number> {
    for (;;) {
      const events = this.#journal.eventsAfter(afterSequence, this.#batchEvents);
      const [first, last] = [events[0], events[events.length - 1]];
      if (first === undefined || last === undefined) {
        throw new Error(`the journal has no event after ${afterSequence}`);
      }
      const batch = this.#batch(events);
      try {
        await this.#write(batch);
      } catch (error) {
        if (!isPoison(error)) throw sourceOf(error);
        if (events.length > 1) {
          this.#batchEvents = Math.floor(events.length / 2);
          continue;
        }
        await this.#isolate(batch, first);
      }
      this.#batchEvents = Math.min(BATCH_EVENTS_MAX, this.#batchEvents * 2);
      return last.sequence;
    }
  }

  #batch(events: readonly Event[]): Batch {
    const epoch = this.#journal.epoch();
    const records = new Map<number, OrderRecord>();
    const find = (orderNumber: number): OrderRecord => {
      const record = records.get(orderNumber) ?? this.#journal.order(orderNumber);
      if (record === undefined) throw new Error(`order ${orderNumber} has an event but is not stored`);
      records.set(orderNumber, record);
      return record;
    };
    const trades: Row[] = [];
    for (const event of events) {
      if (event.kind !== "traded") {
        if ("orderNumber" in event) find(event.orderNumber);
        continue;
      }
      const maker = find(event.makerOrderNumber);
      trades.push(tradeRow(this.#spec, epoch, event, maker, find(event.takerOrderNumber)));
    }
    const orders = Array.from(records.values(), (record) => orderRow(this.#spec, epoch, record));
    return { orders, trades, watermark: watermarkRow(this.#spec, epoch, events) };
  }

  async #write({ orders, trades, watermark }: Batch): Promise<void> {
    const sql = this.#connect();
    const results = await sql.transaction([
      upsertOrders(sql, orders),
      insertTrades(sql, trades),
      moveWatermark(sql, watermark),
      countDeadRows(sql, this.#spec.instrument),
    ]);
    this.#noteDeadRows(results[3]);
  }

  /** Writes the rows of one event one by one, and those that are refused to `outbox_dead`. */
  async #isolate({ orders, trades, watermark }: Batch, event: Event): Promise<void> {
    const bury = async (
      kind: string,
      rowKey: string,
      row: Row,
      write: (sql: Sql, rows: readonly Row[]) => Promise<unknown>,
    ): Promise<void> => {
      const sql = this.#connect();
      try {
        await write(sql, [row]);
      } catch (error) {
        if (!isPoison(error)) throw error;
        const { message, code } = error as NeonDbError;
        console.error(
          JSON.stringify({ level: "error", event: "outbox_dead", kind, row_key: rowKey, reason: message }),
        );
        await sql`
          INSERT INTO outbox_dead (instrument, epoch, sequence, kind, row_key, payload, reason, sql_state)
          VALUES (${this.#spec.instrument}, ${watermark.epoch}, ${row.updated_sequence ?? event.sequence}, ${kind}, ${rowKey},
            ${JSON.stringify(row)}, ${message}, ${code ?? null})
          ON CONFLICT DO NOTHING`;
      }
    };
    for (const row of orders) await bury("order", String(row.order_id), row, upsertOrders);
    for (const row of trades) await bury("trade", String(row.trade_number), row, insertTrades);
    await this.#write({ orders: [], trades: [], watermark });
  }

  /** Takes in the count that a transaction ended with. */
  #noteDeadRows(result: readonly Record<string, unknown>[] | undefined): void {
    this.#deadRows = Number(result?.[0]?.count);
  }
}

/**
 * Whether Postgres refused the row itself: a data exception (class 22) or a broken constraint (23).
 * Anything else, from a lost connection to a missing table, is no fault of the row and is tried again.
 */
function isPoison(error: unknown): boolean {
  return error instanceof NeonDbError && /^2[23]/.test(error.code ?? "");
}

/** What kept the driver from Postgres, such as a time limit that passed, in place of the driver's own error. */
function sourceOf(error: unknown): unknown {
  return error instanceof NeonDbError ? (error.sourceError ?? error) : error;
}

function upsertOrders(sql: Sql, rows: readonly Row[]) {
  const updates = Object.keys(ORDER_COLUMNS)
    .filter((name) => name !== "order_id")
    .map((name) => `${name} = excluded.${name}`);
  return sql.query(
    `INSERT INTO orders AS held (${names(ORDER_COLUMNS)}) ${batchOf(ORDER_COLUMNS)}
     ON CONFLICT (order_id) DO UPDATE SET ${updates.join(", ")}
     WHERE (held.epoch, held.updated_sequence) < (excluded.epoch, excluded.updated_sequence)`,
    [JSON.stringify(rows)],
  );
}

function insertTrades(sql: Sql, rows: readonly Row[]) {
  return sql.query(
    `INSERT INTO trades (${names(TRADE_COLUMNS)}) ${batchOf(TRADE_COLUMNS)} ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

function moveWatermark(sql: Sql, row: Row) {
  return sql.query(
    `INSERT INTO watermarks AS held
       (instrument, epoch, last_sequence, last_trade_number, last_trade_price_ticks, last_event_at)
     VALUES ($1, $2, $3, coalesce($4, 0), $5, $6)
     ON CONFLICT (instrument) DO UPDATE SET
       epoch = excluded.epoch,
       last_sequence = excluded.last_sequence,
       last_trade_number = coalesce($4, held.last_trade_number),
       last_trade_price_ticks = coalesce($5, held.last_trade_price_ticks),
       last_event_at = excluded.last_event_at,
       updated_at = excluded.updated_at
     WHERE (held.epoch, held.last_sequence) < (excluded.epoch, excluded.last_sequence)`,
    [
      row.instrument,
      row.epoch,
      row.last_sequence,
      row.last_trade_number,
      row.last_trade_price_ticks,
      row.last_event_at,
    ],
  );
}

function countDeadRows(sql: Sql, instrument: string) {
  return sql`SELECT count(*) AS count FROM outbox_dead WHERE instrument = ${instrument} AND resolved_at IS NULL`;
}

function names(columns: Readonly<Record<string, string>>): string {
  return Object.keys(columns).join(", ");
}

/** The rows of the first parameter, a JSON array, with the columns' types. */
function batchOf(columns: Readonly<Record<string, string>>): string {
  const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `SELECT ${names(columns)} FROM jsonb_to_recordset($1::jsonb) AS batch (${typed.join(", ")})`;
}

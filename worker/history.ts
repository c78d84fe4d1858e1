import type { Env } from "../durable-objects/env.ts";
import type { OrderRecord } from "../durable-objects/instrument/order-record.ts";
import { isoTime, listedOrderView } from "../durable-objects/instrument/order-view.ts";
import { type CandleRow, candleOfRow, candleRows } from "../durable-objects/outbox/postgres-candles.ts";
import { connectPostgres, type Sql } from "../durable-objects/outbox/postgres-client.ts";
import {
  type OrderRow,
  orderFields,
  orderRecord,
  type TradeRow,
  tradeOfRow,
  tradesBefore,
} from "../durable-objects/outbox/postgres-reading.ts";
import type { CandleView } from "../protocol/analytics.ts";
import type { InstrumentSpec } from "../protocol/instrument-spec.ts";
import type { TradeView } from "../protocol/market-data.ts";
import type { ListedOrderView } from "../protocol/order-entry.ts";
import { parseOrderId } from "../protocol/order-id.ts";
import { Refusal } from "../protocol/refusal.ts";

const REQUEST_MS_MAX = 5_000;

/** What was read, and the sequence up to which the instrument's events had been shipped then. */
export interface AsOf<T> {
  readonly value: T;
  readonly asOfSequence: number;
}

/**
 * Reads what has been shipped to Postgres, on the read replica where one is configured. Every method
 * refuses with `history_unavailable` where there is no database or it does not answer.
 */
export class History {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  get isConfigured(): boolean {
    return this.#url !== undefined;
  }

  /** The trades of an instrument before a trade's number, newest first. */
  async trades(spec: InstrumentSpec, before: number, limit: number): Promise<AsOf<TradeView[]>> {
    const { value, asOfSequence } = await this.#read<TradeRow>(spec, (sql) =>
      tradesBefore(sql, spec, before, limit),
    );
    return { value: value.map((row) => tradeOfRow(spec, row)), asOfSequence };
  }

  /** One order; undefined where it is not in history. */
  async order(spec: InstrumentSpec, orderId: string): Promise<AsOf<OrderRecord | undefined>> {
    const { value, asOfSequence } = await this.#read<OrderRow>(
      spec,
      (sql) => sql`
        SELECT ${orderFields(sql)} FROM orders WHERE order_id = ${orderId} AND instrument = ${spec.instrument}`,
    );
    // History tells nobody the key.
    const record = value[0] && { ...orderRecord(spec, value[0]), idempotencyKey: null };
    return { value: record, asOfSequence };
  }

  /** A client's orders of an instrument, or those before an order of this id, newest first. */
  async ordersOf(
    spec: InstrumentSpec,
    clientId: string,
    before: string | undefined,
    limit: number,
  ): Promise<AsOf<ListedOrderView[]>> {
    // An order's id carries the time of its acceptance: a page continues with no look-up.
    const timeMs = before === undefined ? undefined : parseOrderId(before)?.timeMs;
    const isOlder = (sql: Sql) =>
      timeMs === undefined ? sql`` : sql`AND (accepted_at, order_id) < (${isoTime(timeMs)}, ${before})`;
    const { value, asOfSequence } = await this.#read<OrderRow>(
      spec,
      (sql) => sql`
        SELECT ${orderFields(sql)} FROM orders
        WHERE client_id = ${clientId} AND instrument = ${spec.instrument} ${isOlder(sql)}
        ORDER BY accepted_at DESC, order_id DESC LIMIT ${limit}`,
    );
    return { value: value.map((row) => listedOrderView(spec, orderRecord(spec, row))), asOfSequence };
  }

  /** The candles of a time, oldest first; one for each interval in which anything was traded. */
  async candles(
    spec: InstrumentSpec,
    stepMs: number,
    fromMs: number,
    toMs: number,
  ): Promise<AsOf<CandleView[]>> {
    const { value, asOfSequence } = await this.#read<CandleRow>(spec, (sql) =>
      candleRows(sql, spec, stepMs, fromMs, toMs),
    );
    return { value: value.map((row) => candleOfRow(spec, row)), asOfSequence };
  }

  get #url(): string | undefined {
    return this.#env.DATABASE_READ_URL ?? this.#env.DATABASE_URL;
  }

  /** Reads rows and the watermark that goes with them at one moment. */
  async #read<Row>(
    { instrument }: InstrumentSpec,
    select: (sql: Sql) => ReturnType<Sql>,
  ): Promise<AsOf<Row[]>> {
    const url = this.#url;
    if (url === undefined) {
      throw new Refusal({
        code: "history_unavailable",
        detail: "this venue keeps no history: no database is set",
      });
    }
    try {
      const sql = connectPostgres(url, this.#env.NEON_FETCH_ENDPOINT, REQUEST_MS_MAX);
      const watermark = sql`SELECT last_sequence FROM watermarks WHERE instrument = ${instrument}`;
      const options = { isolationLevel: "RepeatableRead", readOnly: true } as const;
      const [rows, positions] = await sql.transaction([select(sql), watermark], options);
      return { value: rows as Row[], asOfSequence: Number(positions?.[0]?.last_sequence ?? 0) };
    } catch (error) {
      console.error(JSON.stringify({ level: "error", event: "history_failed", error: String(error) }));
      throw new Refusal({
        code: "history_unavailable",
        detail: "history cannot be read now; trading goes on",
      });
    }
  }
}

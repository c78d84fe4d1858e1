import {
  type CandleRow,
  candleOfRow,
  candleRows,
  lastTradeRows,
} from "../../durable-objects/outbox/postgres/postgres-candles.ts";
import { connectPostgres, type Sql } from "../../durable-objects/outbox/postgres/postgres-client.ts";
import {
  boundedTime,
  type OrderRow,
  orderFields,
  orderRecord,
  orderTradesBefore,
  type TradedOrder,
  type TradeRow,
  type TradesRange,
  tradeOfRow,
  tradesBefore,
} from "../../durable-objects/outbox/postgres/postgres-reading.ts";
import { OtherVenueError } from "../../durable-objects/outbox/sink/other-venue.ts";
import type { OrderRecord } from "../../durable-objects/records/order-record.ts";
import { listedOrderView } from "../../durable-objects/records/order-view.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import { venueIdOf } from "../../durable-objects/runtime/venue-id-of.ts";
import type { CandleView } from "../../protocol/analytics.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { CoverageView, ListedOrderView } from "../../protocol/order-entry.ts";
import { parseOrderId } from "../../protocol/order-id.ts";
import { Refusal } from "../../protocol/refusal.ts";

const REQUEST_MS_MAX = 5_000;
/**
 * The most orders in one answer of Postgres. An order has up to 1,600 bytes, with the longest names and
 * terms.
 */
const ORDERS_AT_ONCE = 500;

interface ListedOrders {
  readonly orders: ListedOrderView[];
  readonly covers: CoverageView[];
}

/** A value read from history, and the sequence up to which events were shipped at that moment. */
export interface AsOf<T> {
  readonly value: T;
  readonly asOfSequence: number;
}

/**
 * Reads shipped data from Postgres, or from the read replica if one is configured. Every method refuses with
 * `history_unavailable` if there is no database, if it does not answer, or if it belongs to another venue.
 */
export class History {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  get isConfigured(): boolean {
    return this.#url !== undefined;
  }

  /** The trades of an instrument with a number below `before`, newest first. */
  async trades(spec: InstrumentSpec, before: number, limit: number): Promise<AsOf<TradeView[]>> {
    const { value, asOfSequence } = await this.#readOne<TradeRow>(spec, (sql) =>
      tradesBefore(sql, spec, before, limit),
    );
    return { value: value.map((row) => tradeOfRow(spec, row)), asOfSequence };
  }

  /** The trades of an order with a number below `before` and up to a sequence, newest first. */
  async orderTrades(
    spec: InstrumentSpec,
    order: TradedOrder,
    range: TradesRange,
  ): Promise<AsOf<TradeView[]>> {
    const { value, asOfSequence } = await this.#readOne<TradeRow>(spec, (sql) =>
      orderTradesBefore(sql, spec, order, range),
    );
    return { value: value.map((row) => tradeOfRow(spec, row)), asOfSequence };
  }

  /** One order; undefined if history does not have it. */
  async order(spec: InstrumentSpec, orderId: string): Promise<AsOf<OrderRecord | undefined>> {
    const { value, asOfSequence } = await this.#readOne<OrderRow>(
      spec,
      (sql) => sql`
        SELECT ${orderFields(sql)} FROM orders WHERE order_id = ${orderId} AND instrument = ${spec.instrument}`,
    );
    // An idempotency key is never read from history.
    const record = value[0] && { ...orderRecord(spec, value[0]), idempotencyKey: null };
    return { value: record, asOfSequence };
  }

  /** A client's orders at some instruments, newest first; with `before`, those older than that order. */
  async ordersOf(
    specs: readonly InstrumentSpec[],
    clientId: string,
    before: string | undefined,
    limit: number,
  ): Promise<ListedOrders> {
    const first = await this.#ordersOf(specs, clientId, before, Math.min(limit, ORDERS_AT_ONCE));
    const last = first.orders[ORDERS_AT_ONCE - 1];
    if (last === undefined || limit === ORDERS_AT_ONCE) return first;
    const rest = await this.ordersOf(specs, clientId, last.order_id, limit - ORDERS_AT_ONCE);
    return { orders: [...first.orders, ...rest.orders], covers: first.covers };
  }

  async #ordersOf(
    specs: readonly InstrumentSpec[],
    clientId: string,
    before: string | undefined,
    limit: number,
  ): Promise<ListedOrders> {
    // An order's id contains the time of its acceptance, so a page continues without a lookup.
    const timeMs = before === undefined ? undefined : parseOrderId(before)?.timeMs;
    const isOlder = (sql: Sql) =>
      timeMs === undefined ? sql`` : sql`AND (accepted_at, order_id) < (${boundedTime(timeMs)}, ${before})`;
    const bySpec = new Map(specs.map((spec) => [spec.instrument, spec]));
    const names = [...bySpec.keys()];
    const { rows, sequences } = await this.#read<OrderRow & { readonly instrument: string }>(
      names,
      (sql) => sql`
        SELECT instrument, ${orderFields(sql)} FROM orders
        WHERE client_id = ${clientId} AND instrument = ANY(${names}::text[]) ${isOlder(sql)}
        ORDER BY accepted_at DESC, order_id DESC LIMIT ${limit}`,
    );
    const orders = rows.map((row) => {
      const spec = bySpec.get(row.instrument) as InstrumentSpec;
      return listedOrderView(spec, orderRecord(spec, row));
    });
    const covers = names.map((name) => ({ instrument: name, as_of_sequence: sequences.get(name) ?? 0 }));
    return { orders, covers };
  }

  /** The candles of a time range, oldest first. An interval without a trade has none. */
  async candles(
    spec: InstrumentSpec,
    stepMs: number,
    fromMs: number,
    toMs: number,
  ): Promise<AsOf<CandleView[]>> {
    const { value, asOfSequence } = await this.#readOne<CandleRow>(spec, (sql) =>
      candleRows(sql, spec, stepMs, fromMs, toMs),
    );
    return { value: value.map((row) => candleOfRow(spec, row)), asOfSequence };
  }

  /** When the last trade before a time happened; undefined if there is none. */
  async lastTradeMs(spec: InstrumentSpec, beforeMs: number): Promise<number | undefined> {
    const { value } = await this.#readOne<{ readonly ms: string }>(spec, (sql) =>
      lastTradeRows(sql, spec, beforeMs),
    );
    return value[0] && Number(value[0].ms);
  }

  get #url(): string | undefined {
    return this.#env.DATABASE_READ_URL ?? this.#env.DATABASE_URL;
  }

  /** Reads the rows and the watermark of one instrument. */
  async #readOne<Row>(
    { instrument }: InstrumentSpec,
    select: (sql: Sql) => ReturnType<Sql>,
  ): Promise<AsOf<Row[]>> {
    const { rows, sequences } = await this.#read<Row>([instrument], select);
    return { value: rows, asOfSequence: sequences.get(instrument) ?? 0 };
  }

  /** Reads rows and their watermarks in one snapshot. */
  async #read<Row>(
    instruments: readonly string[],
    select: (sql: Sql) => ReturnType<Sql>,
  ): Promise<{ readonly rows: Row[]; readonly sequences: ReadonlyMap<string, number> }> {
    const url = this.#url;
    if (url === undefined) {
      throw new Refusal({
        code: "history_unavailable",
        detail: "this venue has no history, because no database is configured",
      });
    }
    try {
      const sql = connectPostgres(url, this.#env.NEON_FETCH_ENDPOINT, REQUEST_MS_MAX);
      const watermarks = sql`
        SELECT instrument, venue_id, last_sequence FROM watermarks WHERE instrument = ANY(${instruments}::text[])`;
      const options = { isolationLevel: "RepeatableRead", readOnly: true } as const;
      const [rows, positions] = await sql.transaction([select(sql), watermarks], options);
      const held = positions as WatermarkRow[];
      await this.#expectOwn(held);
      const sequences = held.map(
        ({ instrument, last_sequence }) => [instrument, Number(last_sequence)] as const,
      );
      return { rows: rows as Row[], sequences: new Map(sequences) };
    } catch (error) {
      log("error", "history_failed", { error: String(error) });
      const reason = error instanceof OtherVenueError ? error.message : "history is unavailable";
      throw new Refusal({ code: "history_unavailable", detail: `${reason}; trading is not affected` });
    }
  }

  /**
   * Checks that rows belong to this venue. Rows without a venue id are older than venue ids.
   * @throws OtherVenueError if a row belongs to another venue.
   */
  async #expectOwn(held: readonly WatermarkRow[]): Promise<void> {
    const venueId = await venueIdOf(this.#env);
    const other = held.find(({ venue_id }) => venue_id !== null && venue_id !== venueId);
    if (other === undefined) return;
    const { instrument, venue_id } = other;
    throw new OtherVenueError(`Postgres has ${instrument} of venue ${venue_id}; this is venue ${venueId}`);
  }
}

/** A row as the driver returns it: bigints are text. */
interface WatermarkRow {
  readonly instrument: string;
  readonly venue_id: string | null;
  readonly last_sequence: string;
}

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
  type TradeRow,
  tradeOfRow,
  tradesBefore,
} from "../../durable-objects/outbox/postgres/postgres-reading.ts";
import { OtherVenueError } from "../../durable-objects/outbox/sink/other-venue.ts";
import type { OrderRecord } from "../../durable-objects/records/order-record.ts";
import { listedOrderView } from "../../durable-objects/records/order-view.ts";
import type { Env } from "../../durable-objects/runtime/env.ts";
import { venueIdOf } from "../../durable-objects/runtime/identity.ts";
import { log } from "../../durable-objects/runtime/log.ts";
import type { CandleView } from "../../protocol/analytics.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { CoverageView, ListedOrderView } from "../../protocol/order-entry.ts";
import { parseOrderId } from "../../protocol/order-id.ts";
import { Refusal } from "../../protocol/refusal.ts";

const REQUEST_MS_MAX = 5_000;
/** Orders in one answer of Postgres, some 1,600 bytes each where they have the longest names and terms. */
const ORDERS_AT_ONCE = 500;

interface ListedOrders {
  readonly orders: ListedOrderView[];
  readonly covers: CoverageView[];
}

/** What was read, and the sequence up to which the instrument's events had been shipped then. */
export interface AsOf<T> {
  readonly value: T;
  readonly asOfSequence: number;
}

/**
 * Reads what has been shipped to Postgres, on the read replica where one is configured. Every method
 * refuses with `history_unavailable` where there is no database, it does not answer, or it is another venue's.
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
    const { value, asOfSequence } = await this.#readOne<TradeRow>(spec, (sql) =>
      tradesBefore(sql, spec, before, limit),
    );
    return { value: value.map((row) => tradeOfRow(spec, row)), asOfSequence };
  }

  /** The trades of an order before a trade's number and up to a sequence, newest first. */
  async orderTrades(spec: InstrumentSpec, ...[order, range]: OrderTradesOf): Promise<AsOf<TradeView[]>> {
    const { value, asOfSequence } = await this.#readOne<TradeRow>(spec, (sql) =>
      orderTradesBefore(sql, spec, order, range),
    );
    return { value: value.map((row) => tradeOfRow(spec, row)), asOfSequence };
  }

  /** One order; undefined where it is not in history. */
  async order(spec: InstrumentSpec, orderId: string): Promise<AsOf<OrderRecord | undefined>> {
    const { value, asOfSequence } = await this.#readOne<OrderRow>(
      spec,
      (sql) => sql`
        SELECT ${orderFields(sql)} FROM orders WHERE order_id = ${orderId} AND instrument = ${spec.instrument}`,
    );
    // History tells nobody the key.
    const record = value[0] && { ...orderRecord(spec, value[0]), idempotencyKey: null };
    return { value: record, asOfSequence };
  }

  /** A client's orders of some instruments, or those before an order of this id, newest first. */
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
    // An order's id carries the time of its acceptance: a page continues with no look-up.
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

  /** The candles of a time, oldest first; one for each interval in which anything was traded. */
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

  /** When the last trade before a time was; undefined where none was. */
  async lastTradeMs(spec: InstrumentSpec, beforeMs: number): Promise<number | undefined> {
    const { value } = await this.#readOne<{ readonly ms: string }>(spec, (sql) =>
      lastTradeRows(sql, spec, beforeMs),
    );
    return value[0] && Number(value[0].ms);
  }

  get #url(): string | undefined {
    return this.#env.DATABASE_READ_URL ?? this.#env.DATABASE_URL;
  }

  /** Reads rows of one instrument and its watermark. */
  async #readOne<Row>(
    { instrument }: InstrumentSpec,
    select: (sql: Sql) => ReturnType<Sql>,
  ): Promise<AsOf<Row[]>> {
    const { rows, sequences } = await this.#read<Row>([instrument], select);
    return { value: rows, asOfSequence: sequences.get(instrument) ?? 0 };
  }

  /** Reads rows and the watermarks that go with them at one moment. */
  async #read<Row>(
    instruments: readonly string[],
    select: (sql: Sql) => ReturnType<Sql>,
  ): Promise<{ readonly rows: Row[]; readonly sequences: ReadonlyMap<string, number> }> {
    const url = this.#url;
    if (url === undefined) {
      throw new Refusal({
        code: "history_unavailable",
        detail: "this venue keeps no history: no database is set",
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
      const reason = error instanceof OtherVenueError ? error.message : "history cannot be read now";
      throw new Refusal({ code: "history_unavailable", detail: `${reason}; trading goes on` });
    }
  }

  /** Rows that carry no venue's id are from before there were any. @throws OtherVenueError if any are another venue's. */
  async #expectOwn(held: readonly WatermarkRow[]): Promise<void> {
    const venueId = await venueIdOf(this.#env);
    const other = held.find(({ venue_id }) => venue_id !== null && venue_id !== venueId);
    if (other === undefined) return;
    const { instrument, venue_id } = other;
    throw new OtherVenueError(`Postgres has ${instrument} of venue ${venue_id}; this is venue ${venueId}`);
  }
}

type OrderTradesOf = [
  order: Parameters<typeof orderTradesBefore>[2],
  range: Parameters<typeof orderTradesBefore>[3],
];

/** As the driver gives it: bigints are text. */
interface WatermarkRow {
  readonly instrument: string;
  readonly venue_id: string | null;
  readonly last_sequence: string;
}

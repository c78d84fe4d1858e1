import type { CancelReason } from "../../../engine/vocabulary/event.ts";
import type { OrderType, SelfTradeMode } from "../../../engine/vocabulary/terms.ts";
import { BUY, SELL } from "../../../engine/vocabulary/units.ts";
import type { OrderStatus } from "../../../protocol/fields.ts";
import { type InstrumentSpec, notionalScale } from "../../../protocol/instrument-spec.ts";
import { isoTime } from "../../../protocol/iso-time.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import type { Sql } from "./postgres-client.ts";
import { termsOf } from "./postgres-terms.ts";

/** A row of `trades` as the driver returns it: bigints and numerics are text. */
export interface TradeRow {
  readonly trade_number: string;
  readonly sequence: string;
  readonly maker_order_id: string;
  readonly taker_order_id: string;
  readonly taker_side: "buy" | "sell";
  readonly price: string;
  readonly quantity: string;
  readonly executed_ms: string;
}

/** A row of `orders` as the driver returns it. */
export interface OrderRow {
  readonly order_number: string;
  readonly client_id: string;
  readonly idempotency_key: string | null;
  readonly client_order_id: string | null;
  readonly side: "buy" | "sell";
  readonly type: OrderType;
  readonly price_ticks: string | null;
  readonly quantity_lots: string;
  readonly filled_lots: string;
  readonly filled_notional: string;
  readonly status: OrderStatus;
  readonly cancel_reason: CancelReason | null;
  readonly prevented_lots: string;
  readonly self_trade_prevention: SelfTradeMode;
  readonly terms: unknown;
  readonly priority_sequence: string;
  readonly updated_sequence: string;
  readonly accepted_ms: string;
  readonly updated_ms: string;
}

/** The columns of an `OrderRow`. */
export function orderFields(sql: Sql) {
  return sql`
    order_number, client_id, idempotency_key, client_order_id, side, type, price_ticks, quantity_lots, filled_lots,
    filled_notional, status, cancel_reason, prevented_lots, self_trade_prevention, terms, priority_sequence,
    updated_sequence, ${milliseconds(sql, "accepted_at")} AS accepted_ms,
    ${milliseconds(sql, "updated_at")} AS updated_ms`;
}

/** The most orders in one answer. An order has up to 1,600 bytes, with the longest names and terms. */
const PAGE_ORDERS = 500;

/**
 * The open orders of an instrument in priority order, in pages. The next page is requested while the current
 * one is processed. Each page is read at a different moment.
 * @param connect makes a client for one request.
 */
export function openOrderPages(
  spec: InstrumentSpec,
  connect: () => Sql,
  orders: number,
): AsyncGenerator<OrderRecord[]> {
  return pages(spec, orders, (last) => {
    const sql = connect();
    return sql`
      SELECT ${orderFields(sql)} FROM orders
      WHERE instrument = ${spec.instrument} AND status IN ('waiting', 'open', 'partially_filled')
        AND priority_sequence > ${last?.priority_sequence ?? 0}
      ORDER BY priority_sequence LIMIT ${PAGE_ORDERS}`;
  });
}

/**
 * The ended orders of an instrument that were accepted after a time and had a key, in pages, oldest first.
 */
export function keyedOrderPages(
  spec: InstrumentSpec,
  connect: () => Sql,
  orders: number,
  afterMs: number,
): AsyncGenerator<OrderRecord[]> {
  return pages(spec, orders, (last) => {
    const sql = connect();
    return sql`
      SELECT ${orderFields(sql)} FROM orders
      WHERE instrument = ${spec.instrument} AND status IN ('filled', 'cancelled') AND idempotency_key IS NOT NULL
        AND (accepted_at, order_number) > (${isoTime(Number(last?.accepted_ms ?? afterMs))}, ${last?.order_number ?? 0})
      ORDER BY accepted_at, order_number LIMIT ${PAGE_ORDERS}`;
  });
}

async function* pages(
  spec: InstrumentSpec,
  orders: number,
  readAfter: (last: OrderRow | undefined) => ReturnType<Sql>,
): AsyncGenerator<OrderRecord[]> {
  const read = (last?: OrderRow) => readAfter(last) as unknown as Promise<OrderRow[]>;
  let gathered: OrderRecord[] = [];
  for (let rows = await read(); rows.length > 0; ) {
    const next = read(rows[rows.length - 1]);
    // A failure while the page is processed surfaces in the next turn of the loop.
    next.catch(() => {});
    for (const row of rows) gathered.push(orderRecord(spec, row));
    if (gathered.length >= orders) {
      yield gathered;
      gathered = [];
    }
    rows = await next;
  }
  if (gathered.length > 0) yield gathered;
}

/** The last trades of an instrument, newest first. */
export async function readLastTrades(spec: InstrumentSpec, sql: Sql, limit: number): Promise<TradeView[]> {
  const rows = await tradesBefore(sql, spec, Number.MAX_SAFE_INTEGER, limit);
  return (rows as TradeRow[]).map((row) => tradeOfRow(spec, row));
}

/** Selects the trades of an instrument before a trade's number as `TradeRow`s, newest first. */
export function tradesBefore(sql: Sql, { instrument }: InstrumentSpec, before: number, limit: number) {
  return sql`
    SELECT trade_number, sequence, maker_order_id, taker_order_id, taker_side, price, quantity,
      ${milliseconds(sql, "executed_at")} AS executed_ms
    FROM trades WHERE instrument = ${instrument} AND trade_number < ${before}
    ORDER BY trade_number DESC LIMIT ${limit}`;
}

/** The order whose trades are read, and when it was accepted: none of its trades is older. */
export interface TradedOrder {
  readonly orderId: string;
  readonly timeMs: number;
}

/** Trades with a number below `before` and up to the sequence `through`, at most `limit`. */
export interface TradesRange {
  readonly before: number;
  readonly through: number;
  readonly limit: number;
}

/**
 * Selects the trades of an order before a trade's number and up to a sequence, newest first.
 * @param timeMs when the order was accepted. Earlier partitions are not searched.
 */
export function orderTradesBefore(
  sql: Sql,
  { instrument }: InstrumentSpec,
  order: TradedOrder,
  range: TradesRange,
) {
  const side = (column: "maker_order_id" | "taker_order_id") => sql`
    (SELECT trade_number, sequence, maker_order_id, taker_order_id, taker_side, price, quantity, executed_at
     FROM trades
     WHERE ${sql.unsafe(column)} = ${order.orderId} AND instrument = ${instrument}
       AND trade_number < ${range.before} AND sequence <= ${range.through}
       AND executed_at >= ${boundedTime(order.timeMs)}
     ORDER BY trade_number DESC LIMIT ${range.limit})`;
  return sql`
    SELECT trade_number, sequence, maker_order_id, taker_order_id, taker_side, price, quantity,
      ${milliseconds(sql, "executed_at")} AS executed_ms
    FROM (${side("maker_order_id")} UNION ALL ${side("taker_order_id")}) AS both_sides
    ORDER BY trade_number DESC LIMIT ${range.limit}`;
}

const FIRST_MS = Date.parse("0001-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Clamps a time to the range that Postgres can read. */
export function boundedTime(timeMs: number): string {
  return isoTime(Math.min(LAST_MS, Math.max(FIRST_MS, timeMs)));
}

/** A time of Postgres in milliseconds since the Unix epoch, exact. */
export function milliseconds(
  sql: Sql,
  column: "accepted_at" | "updated_at" | "executed_at" | "max(updated_at)",
) {
  return sql.unsafe(`(extract(epoch FROM ${column}) * 1000)::bigint`);
}

export function tradeOfRow(spec: InstrumentSpec, row: TradeRow): TradeView {
  const { trade_number, sequence, executed_ms, ...rest } = row;
  return {
    trade_id: Number(trade_number),
    instrument: spec.instrument,
    price: rest.price,
    quantity: rest.quantity,
    taker_side: rest.taker_side,
    maker_order_id: rest.maker_order_id,
    taker_order_id: rest.taker_order_id,
    sequence: Number(sequence),
    time: isoTime(Number(executed_ms)),
  };
}

/** The record of a row, without the client's number, which is specific to the instrument. */
export function orderRecord(spec: InstrumentSpec, row: OrderRow): OrderRecord {
  return {
    orderNumber: Number(row.order_number),
    timeMs: Number(row.accepted_ms),
    client: 0,
    clientId: row.client_id,
    idempotencyKey: row.idempotency_key,
    clientOrderId: row.client_order_id,
    side: row.side === "buy" ? BUY : SELL,
    type: row.type,
    priceTicks: row.price_ticks === null ? null : Number(row.price_ticks),
    quantityLots: Number(row.quantity_lots),
    selfTrade: row.self_trade_prevention,
    ...termsOf(row.terms),
    filledLots: Number(row.filled_lots),
    filledNotional: ticksTimesLots(spec, row.filled_notional),
    preventedLots: Number(row.prevented_lots),
    status: row.status,
    cancelReason: row.cancel_reason,
    priority: Number(row.priority_sequence),
    updatedSequence: Number(row.updated_sequence),
    updatedTimeMs: Number(row.updated_ms),
  };
}

/** The exact inverse of `notionalText`. */
function ticksTimesLots(spec: InstrumentSpec, notional: string): bigint {
  const [whole = "0", fraction = ""] = notional.split(".");
  const scaled = BigInt(whole + fraction.padEnd(notionalScale(spec), "0"));
  return scaled / (BigInt(spec.tick.units) * BigInt(spec.lot.units));
}

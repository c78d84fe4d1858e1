import { bookHash } from "../../../engine/book/book-hash.ts";
import type { BookCounters, OrderBook } from "../../../engine/book/order-book.ts";
import type { Event } from "../../../engine/vocabulary/event.ts";
import { notional, type PriceTicks, type QuantityLots } from "../../../engine/vocabulary/units.ts";
import { formatSteps } from "../../../protocol/decimal.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import { isoTime } from "../../../protocol/iso-time.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { notionalText, orderView, tradeView } from "../../records/order-view.ts";
import { stateText } from "../../storage/book-state.ts";
import { termsColumn } from "./postgres-terms.ts";

/** A row by column name. Amounts are decimal text or safe integers. */
export type Row = Readonly<Record<string, string | number | object | null>>;

/** The columns of `orders` with their types, for unpacking a batch in SQL. */
export const ORDER_COLUMNS = {
  order_id: "uuid",
  instrument: "text",
  epoch: "integer",
  order_number: "bigint",
  client_id: "text",
  idempotency_key: "text",
  client_order_id: "text",
  side: "text",
  type: "text",
  price: "numeric",
  quantity: "numeric",
  filled_quantity: "numeric",
  remaining_quantity: "numeric",
  cancelled_quantity: "numeric",
  filled_notional: "numeric",
  prevented_quantity: "numeric",
  status: "text",
  cancel_reason: "text",
  price_ticks: "bigint",
  quantity_lots: "bigint",
  filled_lots: "bigint",
  prevented_lots: "bigint",
  self_trade_prevention: "text",
  terms: "jsonb",
  priority_sequence: "bigint",
  updated_sequence: "bigint",
  accepted_at: "timestamptz",
  updated_at: "timestamptz",
} as const;

/** The columns of `trades` with their types. */
export const TRADE_COLUMNS = {
  instrument: "text",
  trade_number: "bigint",
  epoch: "integer",
  sequence: "bigint",
  maker_order_id: "uuid",
  taker_order_id: "uuid",
  maker_client_id: "text",
  taker_client_id: "text",
  taker_side: "text",
  price: "numeric",
  quantity: "numeric",
  notional: "numeric",
  price_ticks: "bigint",
  quantity_lots: "bigint",
  executed_at: "timestamptz",
} as const;

/** The current state of an order as a row of Postgres. */
export function orderRow(spec: InstrumentSpec, epoch: number, record: OrderRecord): Row {
  const view = orderView(spec, record);
  return {
    order_id: view.order_id,
    instrument: view.instrument,
    epoch,
    order_number: view.sequence,
    client_id: view.client_id,
    idempotency_key: view.idempotency_key,
    client_order_id: record.clientOrderId,
    side: view.side,
    type: view.type,
    price: view.price,
    quantity: view.quantity,
    filled_quantity: view.filled_quantity,
    remaining_quantity: view.remaining_quantity,
    cancelled_quantity: view.cancelled_quantity,
    filled_notional: view.filled_notional,
    prevented_quantity: formatSteps(record.preventedLots, spec.lot),
    status: view.status,
    cancel_reason: view.cancel_reason,
    price_ticks: record.priceTicks,
    quantity_lots: record.quantityLots,
    filled_lots: record.filledLots,
    prevented_lots: record.preventedLots,
    self_trade_prevention: record.selfTrade,
    terms: termsColumn(record),
    priority_sequence: record.priority,
    updated_sequence: view.updated_sequence,
    accepted_at: view.time,
    updated_at: view.updated_time,
  };
}

/** A trade as a row of Postgres. */
export function tradeRow(
  spec: InstrumentSpec,
  epoch: number,
  event: Event & { kind: "traded" },
  maker: OrderRecord,
  taker: OrderRecord,
): Row {
  const { trade_id, time, ...view } = tradeView(spec, event, (orderNumber) =>
    orderNumber === maker.orderNumber ? maker.timeMs : taker.timeMs,
  );
  return {
    ...view,
    epoch,
    trade_number: trade_id,
    maker_client_id: maker.clientId,
    taker_client_id: taker.clientId,
    notional: notionalText(
      spec,
      notional(event.priceTicks as PriceTicks, event.quantityLots as QuantityLots),
    ),
    price_ticks: event.priceTicks,
    quantity_lots: event.quantityLots,
    executed_at: time,
  };
}

/** The hash is computed only for a book of at most this many orders, which is fast. */
const HASHED_ORDERS_MAX = 20_000;

/** The row of `watermarks` after a batch. Its trade columns are null if the batch had no trade. */
export function watermarkRow(
  spec: InstrumentSpec,
  epoch: number,
  events: readonly Event[],
  book: OrderBook,
): Row {
  const last = events[events.length - 1];
  const trade = events.findLast((event) => event.kind === "traded");
  if (last === undefined) throw new Error("a batch has at least one event");
  return {
    instrument: spec.instrument,
    epoch,
    last_sequence: last.sequence,
    last_trade_number: trade?.tradeNumber ?? null,
    last_trade_price_ticks: trade?.priceTicks ?? null,
    last_event_at: isoTime(last.timeMs),
    state_hash:
      book.sequence === last.sequence && book.restingCount <= HASHED_ORDERS_MAX ? bookHash(book) : null,
    book_state: stateText(book),
  };
}

/** The row of `watermarks` if history begins with the events after a book. */
export function baseWatermarkRow(spec: InstrumentSpec, epoch: number, base: BookCounters): Row {
  return {
    instrument: spec.instrument,
    epoch,
    last_sequence: base.sequence,
    last_trade_number: base.tradeNumber,
    last_trade_price_ticks: base.lastTradePriceTicks ?? null,
    last_event_at: isoTime(base.timeMs),
    state_hash: null,
    book_state: null,
  };
}

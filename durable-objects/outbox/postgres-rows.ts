import { bookHash } from "../../engine/book-hash.ts";
import type { Event } from "../../engine/event.ts";
import type { OrderBook } from "../../engine/order-book.ts";
import { notional, type PriceTicks, type QuantityLots } from "../../engine/units.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { OrderRecord } from "../instrument/order-record.ts";
import { isoTime, notionalText, orderView, tradeView } from "../instrument/order-view.ts";

/** A row by column name; amounts are decimal text or safe integers. */
export type Row = Readonly<Record<string, string | number | null>>;

/** The columns of `orders` with their types, as a batch is unpacked in SQL. */
export const ORDER_COLUMNS = {
  order_id: "uuid",
  instrument: "text",
  epoch: "integer",
  order_number: "bigint",
  client_id: "text",
  idempotency_key: "text",
  side: "text",
  type: "text",
  price: "numeric",
  quantity: "numeric",
  filled_quantity: "numeric",
  remaining_quantity: "numeric",
  cancelled_quantity: "numeric",
  filled_notional: "numeric",
  status: "text",
  cancel_reason: "text",
  price_ticks: "bigint",
  quantity_lots: "bigint",
  filled_lots: "bigint",
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

/** An order as a row of Postgres, as it is now. */
export function orderRow(spec: InstrumentSpec, epoch: number, record: OrderRecord): Row {
  const {
    sequence,
    time,
    updated_sequence,
    updated_time,
    average_price: _,
    ...view
  } = orderView(spec, record);
  return {
    ...view,
    epoch,
    order_number: sequence,
    price_ticks: record.priceTicks,
    quantity_lots: record.quantityLots,
    filled_lots: record.filledLots,
    priority_sequence: record.orderNumber,
    updated_sequence,
    accepted_at: time,
    updated_at: updated_time,
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

/** The hash is for a book that is at hand and quick to go through. */
const HASHED_ORDERS_MAX = 20_000;

/** The row of `watermarks` after a batch; its trade columns are null where the batch had no trade. */
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
  };
}

import type { Event } from "../../engine/event.ts";
import { divideRoundedHalfUp, formatScaled, formatSteps } from "../../protocol/decimal.ts";
import type { Problem } from "../../protocol/error-code.ts";
import { type InstrumentSpec, notionalScale } from "../../protocol/instrument-spec.ts";
import type { OrderUpdateView, TradeView } from "../../protocol/market-data.ts";
import type { OrderView, PublicOrderView } from "../../protocol/order-entry.ts";
import { formatOrderId } from "../../protocol/order-id.ts";
import type { OrderRecord } from "./order-record.ts";

const AVERAGE_EXTRA_DIGITS = 4;

/** The volume-weighted price of an order's fills, or null before the first. */
function averagePrice(spec: InstrumentSpec, record: OrderRecord): string | null {
  if (record.filledLots === 0) return null;
  const scaled = record.filledNotional * BigInt(spec.tick.units) * 10n ** BigInt(AVERAGE_EXTRA_DIGITS);
  return formatScaled(
    divideRoundedHalfUp(scaled, BigInt(record.filledLots)),
    spec.tick.scale + AVERAGE_EXTRA_DIGITS,
  );
}

/** A sum of ticks × lots in the quote asset, exact. */
export function notionalText(spec: InstrumentSpec, ticksTimesLots: bigint): string {
  return formatScaled(ticksTimesLots * BigInt(spec.tick.units) * BigInt(spec.lot.units), notionalScale(spec));
}

function unfilledLots(record: OrderRecord): { remaining: number; cancelled: number } {
  const unfilled = record.quantityLots - record.filledLots;
  return record.status === "cancelled"
    ? { remaining: 0, cancelled: unfilled }
    : { remaining: unfilled, cancelled: 0 };
}

export function orderIdOf(spec: InstrumentSpec, record: Pick<OrderRecord, "orderNumber" | "timeMs">): string {
  const { orderNumber, timeMs } = record;
  return formatOrderId({ timeMs, instrumentNumber: spec.number, orderNumber });
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** The order as anybody may see it. */
export function publicOrderView(spec: InstrumentSpec, record: OrderRecord): PublicOrderView {
  const { remaining, cancelled } = unfilledLots(record);
  return {
    order_id: orderIdOf(spec, record),
    instrument: spec.instrument,
    side: SIDE_NAMES[record.side],
    type: record.type,
    price: record.priceTicks === null ? null : formatSteps(record.priceTicks, spec.tick),
    quantity: formatSteps(record.quantityLots, spec.lot),
    filled_quantity: formatSteps(record.filledLots, spec.lot),
    remaining_quantity: formatSteps(remaining, spec.lot),
    cancelled_quantity: formatSteps(cancelled, spec.lot),
    average_price: averagePrice(spec, record),
    filled_notional: notionalText(spec, record.filledNotional),
    status: record.status,
    cancel_reason: record.cancelReason,
    sequence: record.orderNumber,
    time: isoTime(record.timeMs),
    updated_sequence: record.updatedSequence,
    updated_time: isoTime(record.updatedTimeMs),
  };
}

/** The order as its owner sees it. */
export function orderView(spec: InstrumentSpec, record: OrderRecord): OrderView {
  return {
    ...publicOrderView(spec, record),
    client_id: record.clientId,
    idempotency_key: record.idempotencyKey,
  };
}

/** Why an order that has ended cannot be cancelled. */
export function orderClosed(spec: InstrumentSpec, record: OrderRecord): Problem {
  const order = orderView(spec, record);
  return { code: "order_closed", detail: `the order is already ${record.status}`, order };
}

/** A change of the order, as the stream tells it. */
export function orderUpdateView(spec: InstrumentSpec, record: OrderRecord): OrderUpdateView {
  return {
    order_id: orderIdOf(spec, record),
    side: SIDE_NAMES[record.side],
    type: record.type,
    price: record.priceTicks === null ? null : formatSteps(record.priceTicks, spec.tick),
    status: record.status,
    remaining_quantity: formatSteps(unfilledLots(record).remaining, spec.lot),
    sequence: record.updatedSequence,
  };
}

/** A trade as it is told. @param timeMsOf when an order was accepted. */
export function tradeView(
  spec: InstrumentSpec,
  event: Event & { kind: "traded" },
  timeMsOf: (orderNumber: number) => number,
): TradeView {
  const orderId = (orderNumber: number) => orderIdOf(spec, { orderNumber, timeMs: timeMsOf(orderNumber) });
  return {
    trade_id: event.tradeNumber,
    instrument: spec.instrument,
    price: formatSteps(event.priceTicks, spec.tick),
    quantity: formatSteps(event.quantityLots, spec.lot),
    taker_side: SIDE_NAMES[event.takerSide],
    maker_order_id: orderId(event.makerOrderNumber),
    taker_order_id: orderId(event.takerOrderNumber),
    sequence: event.sequence,
    time: isoTime(event.timeMs),
  };
}

const SIDE_NAMES = ["buy", "sell"] as const;

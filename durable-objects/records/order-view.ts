import type { Event } from "../../engine/vocabulary/event.ts";
import { divideRoundedHalfUp, formatScaled, formatSteps } from "../../protocol/decimal.ts";
import { defined } from "../../protocol/defined.ts";
import type { Problem } from "../../protocol/error-code.ts";
import { type InstrumentSpec, notionalScale } from "../../protocol/instrument-spec.ts";
import { isoTime } from "../../protocol/iso-time.ts";
import type { OrderUpdateView, TradeView } from "../../protocol/market-data.ts";
import type { ListedOrderView, OrderView, PublicOrderView, TermsView } from "../../protocol/order-entry.ts";
import { formatOrderId } from "../../protocol/order-id.ts";
import { DEFAULT_SELF_TRADE } from "../../protocol/order-request.ts";
import { isOpen, type OrderRecord } from "./order-record.ts";

const AVERAGE_EXTRA_DIGITS = 4;

/** The volume-weighted price of an order's fills; null before the first. */
function averagePrice(spec: InstrumentSpec, record: OrderRecord): string | null {
  if (record.filledLots === 0) return null;
  const scaled = record.filledNotional * BigInt(spec.tick.units) * 10n ** BigInt(AVERAGE_EXTRA_DIGITS);
  return formatScaled(
    divideRoundedHalfUp(scaled, BigInt(record.filledLots)),
    spec.tick.scale + AVERAGE_EXTRA_DIGITS,
  );
}

/** A sum of ticks × lots as an exact amount of the quote asset. */
export function notionalText(spec: InstrumentSpec, ticksTimesLots: bigint): string {
  return formatScaled(ticksTimesLots * BigInt(spec.tick.units) * BigInt(spec.lot.units), notionalScale(spec));
}

/** The parts of an order's quantity. The quantity of an order by quote budget is what it has filled. */
function lotsOf(record: OrderRecord): { quantity: number; remaining: number; cancelled: number } {
  if (record.terms?.quoteBudget !== undefined)
    return { quantity: record.filledLots, remaining: 0, cancelled: 0 };
  const quantity = record.quantityLots;
  const unfilled = quantity - record.filledLots;
  return record.status === "cancelled"
    ? { quantity, remaining: 0, cancelled: unfilled }
    : { quantity, remaining: unfilled, cancelled: 0 };
}

/** The parts that anybody may see: for a resting iceberg, the displayed slice. */
function shownLotsOf(record: OrderRecord): ReturnType<typeof lotsOf> {
  const { displayedLots, filledLots } = record;
  if (displayedLots === null || !isOpen(record)) return lotsOf(record);
  return { quantity: filledLots + displayedLots, remaining: displayedLots, cancelled: 0 };
}

export function orderIdOf(spec: InstrumentSpec, record: Pick<OrderRecord, "orderNumber" | "timeMs">): string {
  const { orderNumber, timeMs } = record;
  return formatOrderId({ timeMs, instrumentNumber: spec.number, orderNumber });
}

/** The order as anybody may see it. The hidden quantity of an iceberg and the name of a group are private. */
export function publicOrderView(spec: InstrumentSpec, record: OrderRecord): PublicOrderView {
  const view = plainView(spec, record, shownLotsOf(record));
  if (!hasTerms(record)) return view;
  const { display_quantity: _, stp_group: __, ...terms } = termsView(spec, record);
  return { ...view, ...terms };
}

/**
 * The order as its owner sees it, without the idempotency key: only the client that placed the order gets it.
 */
export function listedOrderView(spec: InstrumentSpec, record: OrderRecord): ListedOrderView {
  return withOthers(spec, record, {
    ...plainView(spec, record, lotsOf(record)),
    client_id: record.clientId,
  });
}

/** The order as its owner sees it. */
export function orderView(spec: InstrumentSpec, record: OrderRecord): OrderView {
  return withOthers(spec, record, {
    ...plainView(spec, record, lotsOf(record)),
    client_id: record.clientId,
    idempotency_key: record.idempotencyKey,
  });
}

/** Adds the rarer fields to a view. Spreading them into each view costs more than the rest. */
function withOthers<V extends ListedOrderView>(spec: InstrumentSpec, record: OrderRecord, view: V): V {
  if (record.clientOrderId !== null) view.client_order_id = record.clientOrderId;
  return hasTerms(record) ? Object.assign(view, termsView(spec, record)) : view;
}

function hasTerms({ terms, selfTrade, preventedLots }: OrderRecord): boolean {
  return terms !== undefined || selfTrade !== DEFAULT_SELF_TRADE || preventedLots > 0;
}

/** The fields that an order has beyond a plain one. */
function termsView(spec: InstrumentSpec, record: OrderRecord): TermsView {
  const { selfTrade, preventedLots, selfTradeGroup, terms } = record;
  const { tick, lot } = spec;
  const ticks = (count: number | undefined) => (count === undefined ? undefined : formatSteps(count, tick));
  const { timeInForce, expiresAtMs, displayLots, quoteBudget, linkedTo } = terms ?? {};
  return defined({
    time_in_force: timeInForce,
    expires_at: expiresAtMs === undefined ? undefined : isoTime(expiresAtMs),
    post_only: terms?.postOnly,
    display_quantity: displayLots === undefined ? undefined : formatSteps(displayLots, lot),
    self_trade_prevention: selfTrade === DEFAULT_SELF_TRADE ? undefined : selfTrade,
    stp_group: selfTradeGroup ?? undefined,
    prevented_quantity: preventedLots === 0 ? undefined : formatSteps(preventedLots, lot),
    quote_quantity: quoteBudget === undefined ? undefined : notionalText(spec, BigInt(quoteBudget)),
    stop_price: ticks(terms?.stopPriceTicks),
    trailing_amount: ticks(terms?.trailTicks),
    trailing_basis_points: terms?.trailBasisPoints,
    // Both legs of a pair are accepted at the same time.
    linked_order_id:
      linkedTo === undefined ? undefined : orderIdOf(spec, { orderNumber: linkedTo, timeMs: record.timeMs }),
  });
}

function plainView(
  spec: InstrumentSpec,
  record: OrderRecord,
  { quantity, remaining, cancelled }: ReturnType<typeof lotsOf>,
) {
  return {
    order_id: orderIdOf(spec, record),
    instrument: spec.instrument,
    side: SIDE_NAMES[record.side],
    type: record.type,
    price: record.priceTicks === null ? null : formatSteps(record.priceTicks, spec.tick),
    quantity: formatSteps(quantity, spec.lot),
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

/** The rejection of a change of an order that has ended. In a group that is undone, the order is open again. */
export function orderClosed(spec: InstrumentSpec, record: OrderRecord): Problem {
  const order = orderView(spec, record);
  const detail = isOpen(record)
    ? "the order would have ended before this entry"
    : `the order is already ${record.status}`;
  return { code: "order_closed", detail, order };
}

/** A change of the order, as the stream publishes it. */
export function orderUpdateView(spec: InstrumentSpec, record: OrderRecord): OrderUpdateView {
  return {
    order_id: orderIdOf(spec, record),
    side: SIDE_NAMES[record.side],
    type: record.type,
    price: record.priceTicks === null ? null : formatSteps(record.priceTicks, spec.tick),
    status: record.status,
    remaining_quantity: formatSteps(shownLotsOf(record).remaining, spec.lot),
    sequence: record.updatedSequence,
  };
}

/** A trade as it is published. @param timeMsOf returns when an order was accepted. */
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

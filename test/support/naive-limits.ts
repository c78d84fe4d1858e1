import type { RejectReason } from "../../engine/vocabulary/reject-reason.ts";
import type { OrderType } from "../../engine/vocabulary/terms.ts";
import type { NaiveMarket } from "./naive-market.ts";
import { type Incoming, part } from "./naive-order.ts";

/** An order that a command requests, and its type. */
export interface Wish {
  readonly type: OrderType;
  readonly order: Incoming;
}

/** Whether an iceberg would be shown in more slices than it may. */
export function againstSlices({ rules }: NaiveMarket, order: Incoming, reasons: Set<RejectReason>): void {
  const { quantityLots, terms = {} } = order;
  if (terms.displayLots === undefined) return;
  const most = BigInt(terms.displayLots) * BigInt(rules.maximumIcebergSlices ?? 100);
  if (BigInt(quantityLots) > most) reasons.add("too_many_slices");
}

/** The bounds of prices, quantities and times. @param isPriceNew whether the collar applies. */
export function againstAmounts(
  market: NaiveMarket,
  order: Incoming,
  timeMs: number,
  isPriceNew: boolean,
  reasons: Set<RejectReason>,
): void {
  const { rules } = market;
  const { priceTicks, quantityLots, terms = {}, budget } = order;
  const { stopPriceTicks, expiresAtMs } = terms;
  if (priceTicks !== undefined && priceTicks < rules.minimumPriceTicks) reasons.add("price_below_minimum");
  if (priceTicks !== undefined && priceTicks > rules.maximumPriceTicks) reasons.add("price_above_maximum");
  if (stopPriceTicks !== undefined && stopPriceTicks < rules.minimumPriceTicks)
    reasons.add("stop_price_below_minimum");
  if (stopPriceTicks !== undefined && stopPriceTicks > rules.maximumPriceTicks)
    reasons.add("stop_price_above_maximum");
  if (budget === undefined && quantityLots < rules.minimumQuantityLots) reasons.add("quantity_below_minimum");
  if (budget === undefined && quantityLots > rules.maximumQuantityLots) reasons.add("quantity_above_maximum");
  const product = priceTicks === undefined ? undefined : BigInt(priceTicks) * BigInt(quantityLots);
  const notional = budget === undefined ? product : BigInt(budget);
  if (notional !== undefined && notional < (rules.minimumNotional ?? 0))
    reasons.add("notional_below_minimum");
  if (notional !== undefined && notional > (rules.maximumNotional ?? Number.POSITIVE_INFINITY))
    reasons.add("notional_above_maximum");
  if (expiresAtMs !== undefined && expiresAtMs <= timeMs) reasons.add("expiry_passed");
  const reference = stopPriceTicks ?? market.referenceTicks;
  if (!isPriceNew || priceTicks === undefined || reference === undefined) return;
  const distance = part(reference, rules.collarBasisPoints ?? 0);
  if (rules.collarBasisPoints !== undefined && Math.abs(priceTicks - reference) > distance)
    reasons.add("price_outside_collar");
}

/** Whether there is room for this many more orders like this one. */
export function againstRoom(
  market: NaiveMarket,
  { type, order }: Wish,
  orders: number,
  lots: number,
  reasons: Set<RejectReason>,
): void {
  const { rules, waiting, openOrders } = market;
  const isStop = type !== "limit";
  const ofSide = openOrders.filter(({ side }) => side === order.side);
  const total = ofSide.reduce((sum, { remainingLots }) => sum + BigInt(remainingLots), BigInt(lots));
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) reasons.add("book_full");
  if (orders === 0) return;
  const restingCount = openOrders.length - waiting.length;
  if (!isStop && restingCount >= rules.maximumRestingOrders) reasons.add("book_full");
  const own = openOrders.filter(({ client }) => client === order.client).length;
  if (own + orders > (rules.maximumOpenOrdersPerClient ?? Number.POSITIVE_INFINITY))
    reasons.add("too_many_open_orders");
  if (!isStop) return;
  const ownWaiting = waiting.filter(({ client }) => client === order.client).length;
  if (ownWaiting >= (rules.maximumWaitingStopsPerClient ?? Number.POSITIVE_INFINITY))
    reasons.add("too_many_waiting_stops");
  if (waiting.length >= (rules.maximumWaitingStops ?? rules.maximumRestingOrders)) reasons.add("stops_full");
  const trailing = waiting.filter(
    ({ terms, isReached }) => terms?.stopPriceTicks === undefined && !isReached,
  );
  if (type === "trailing_stop" && trailing.length >= (rules.maximumTrailingStops ?? 1_000))
    reasons.add("trailing_stops_full");
}

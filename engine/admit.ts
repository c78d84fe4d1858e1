import type { OrderBook } from "./book/order-book.ts";
import { isThrough } from "./book/waiting-stops.ts";
import { whyNotFilled } from "./fill-or-kill.ts";
import { isOutsideCollar, limitOf, wouldTake } from "./price-limits.ts";
import type { Taker } from "./taker.ts";
import { areTermsValid } from "./terms-check.ts";
import type { RejectReason } from "./vocabulary/reject-reason.ts";
import type { InstrumentRules } from "./vocabulary/rules.ts";
import { hasTooManySlices } from "./vocabulary/terms.ts";
import { UNIT_MAX, wholeQuotient } from "./vocabulary/units.ts";

const TRAILING_STOPS_MAX_DEFAULT = 1_000;

/**
 * The reason why an order may not enter at a time, the first in order of precedence; undefined if it may.
 *
 * @param legs how many orders of its kind and quantity enter together.
 */
export function whyNotAdmitted(
  book: OrderBook,
  taker: Taker,
  timeMs: number,
  legs = 1,
): RejectReason | undefined {
  return (
    whyClosed(book) ??
    (taker.terms === undefined ? undefined : whyNotItsTerms(book, taker)) ??
    whyOutOfBounds(book, taker, timeMs, true) ??
    whyNotInAuction(book, taker) ??
    whyNoRoom(book, taker, taker.quantityLots * legs, legs) ??
    whyNotNow(book, taker, timeMs)
  );
}

function whyNotItsTerms({ rules }: OrderBook, taker: Taker): RejectReason | undefined {
  if (!areTermsValid(taker)) return "terms_invalid";
  const { terms, quantityLots } = taker;
  return hasTooManySlices(terms, quantityLots, rules.maximumIcebergSlices) ? "too_many_slices" : undefined;
}

/** The reason why the status admits no order. */
export function whyClosed(book: OrderBook): RejectReason | undefined {
  if (book.status === "halted") return "trading_halted";
  return book.status === "cancel_only" ? "cancel_only" : undefined;
}

/** Whether a price breaks the price limit that a reason names. False if the reason names another rule. */
export function isBeyond(rules: InstrumentRules, reason: RejectReason, priceTicks: number): boolean {
  if (reason === "price_below_minimum") return priceTicks < rules.minimumPriceTicks;
  return reason === "price_above_maximum" && priceTicks > rules.maximumPriceTicks;
}

/** The rule about amounts that the order breaks. @param isPriceNew whether the collar applies. */
export function whyOutOfBounds(
  book: OrderBook,
  taker: Taker,
  timeMs: number,
  isPriceNew: boolean,
): RejectReason | undefined {
  const rules = book.rules;
  const { priceTicks, quantityLots, terms } = taker;
  if (priceTicks !== undefined) {
    if (priceTicks < rules.minimumPriceTicks) return "price_below_minimum";
    if (priceTicks > rules.maximumPriceTicks) return "price_above_maximum";
  }
  const stopTicks = terms?.stopPriceTicks;
  if (stopTicks !== undefined) {
    if (stopTicks < rules.minimumPriceTicks) return "stop_price_below_minimum";
    if (stopTicks > rules.maximumPriceTicks) return "stop_price_above_maximum";
  }
  if (taker.budget === undefined) {
    if (quantityLots < rules.minimumQuantityLots) return "quantity_below_minimum";
    if (quantityLots > rules.maximumQuantityLots) return "quantity_above_maximum";
  }
  const { minimumNotional, maximumNotional } = rules;
  if (minimumNotional !== undefined && isNotionalBelow(taker, minimumNotional))
    return "notional_below_minimum";
  if (maximumNotional !== undefined && isNotionalAbove(taker, maximumNotional))
    return "notional_above_maximum";
  if (terms?.expiresAtMs !== undefined && terms.expiresAtMs <= timeMs) return "expiry_passed";
  if (priceTicks === undefined || !isPriceNew) return undefined;
  // The reference for the limit price of a stop is the price at which it will be triggered.
  const reference = stopTicks ?? book.referenceTicks;
  return isOutsideCollar(book, priceTicks, reference) ? "price_outside_collar" : undefined;
}

function isNotionalBelow({ budget, priceTicks, quantityLots }: Taker, minimum: number): boolean {
  if (budget !== undefined) return budget < minimum;
  // A product may exceed a safe integer. The quotient is exact.
  return priceTicks !== undefined && minimum > 0 && quantityLots <= wholeQuotient(minimum - 1, priceTicks);
}

function isNotionalAbove({ budget, priceTicks, quantityLots }: Taker, maximum: number): boolean {
  if (budget !== undefined) return budget > maximum;
  return priceTicks !== undefined && quantityLots > wholeQuotient(maximum, priceTicks);
}

/** Rejects orders that an auction does not collect. */
export function whyNotInAuction(book: OrderBook, taker: Taker): RejectReason | undefined {
  if (book.status !== "auction" || taker.isStop) return undefined;
  return taker.mayRest && taker.terms?.postOnly !== true ? undefined : "not_in_auction";
}

/** The reason why there is no room for this many more orders like this one. */
export function whyNoRoom(
  book: OrderBook,
  taker: Taker,
  lots: number,
  orders: number,
): RejectReason | undefined {
  if (!taker.mayRest) return undefined;
  const { rules, stops } = book;
  const side = book.side(taker.side);
  // The totals of a side must stay exact, so their sum is bounded like any amount.
  if (side.totalLots + side.hiddenLots + stops.totalLots(taker.side) + lots > UNIT_MAX) return "book_full";
  if (orders === 0) return undefined;
  if (!taker.isStop && book.restingCount >= rules.maximumRestingOrders) return "book_full";
  const openMax = rules.maximumOpenOrdersPerClient;
  if (openMax !== undefined && book.clients.count(taker.client) + orders > openMax)
    return "too_many_open_orders";
  if (!taker.isStop) return undefined;
  const stopsMax = rules.maximumWaitingStopsPerClient;
  if (stopsMax !== undefined && book.clients.stopCount(taker.client) >= stopsMax)
    return "too_many_waiting_stops";
  if (stops.count >= (rules.maximumWaitingStops ?? rules.maximumRestingOrders)) return "stops_full";
  const isTrailing = taker.type === "trailing_stop";
  if (isTrailing && stops.trailingCount >= (rules.maximumTrailingStops ?? TRAILING_STOPS_MAX_DEFAULT))
    return "trailing_stops_full";
  return undefined;
}

/** The reason why the current state of the book rejects the order. */
export function whyNotNow(book: OrderBook, taker: Taker, timeMs: number): RejectReason | undefined {
  const isTrading = book.status === "trading";
  if (taker.isStop) return isStopLate(book, taker) ? "stop_already_through" : undefined;
  if (book.status === "auction") return undefined;
  const { terms } = taker;
  if (!taker.mayRest && !isTrading) return "would_take";
  if ((!isTrading || terms?.postOnly === true) && wouldTake(book, taker.side, limitOf(book, taker)))
    return "would_take";
  return terms?.timeInForce === "fok" ? whyNotFilled(book, taker, timeMs) : undefined;
}

/**
 * Whether a stop can neither wait nor be triggered. Either its price is reached while trading is interrupted,
 * or the last trade is not at its price but an earlier one was, by which other stops are still to be
 * triggered.
 */
function isStopLate(book: OrderBook, taker: Taker): boolean {
  if (isTriggered(book, taker)) return book.status !== "trading";
  const stopTicks = taker.terms?.stopPriceTicks;
  return stopTicks !== undefined && book.stops.isReachedAt(taker.side, stopTicks);
}

/** Whether the last trade is already at or through the stop price. */
export function isTriggered(book: OrderBook, { side, terms }: Taker): boolean {
  const last = book.lastTradePriceTicks;
  const stopTicks = terms?.stopPriceTicks;
  return last !== undefined && stopTicks !== undefined && isThrough(side, stopTicks, last);
}

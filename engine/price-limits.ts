import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import type { Taker } from "./taker.ts";
import { BUY, basisPointsOf, opposite, type Side, UNIT_MAX } from "./vocabulary/units.ts";

/** The worst price that an order accepts: its limit, or the protection price of a market order, if any. */
export function limitOf(book: OrderBook, taker: Taker): number | undefined {
  if (taker.priceTicks !== undefined) return taker.priceTicks;
  const share = book.rules.protectionBasisPoints;
  const reference = book.referenceTicks;
  if (share === undefined || reference === undefined) return undefined;
  const distance = basisPointsOf(reference, share);
  return taker.side === BUY ? Math.min(UNIT_MAX, reference + distance) : reference - distance;
}

/** Whether an order of a side would match at once. */
export function wouldTake(book: OrderBook, side: Side, limitTicks: number | undefined): boolean {
  const makers = book.side(opposite(side));
  if (makers.best === NONE) return false;
  return limitTicks === undefined || makers.rank(makers.best) <= makers.rankOf(limitTicks);
}

/** Whether a limit price is further from a reference than the collar allows. */
export function isOutsideCollar(book: OrderBook, priceTicks: number, reference: number | undefined): boolean {
  const share = book.rules.collarBasisPoints;
  if (share === undefined || reference === undefined) return false;
  return Math.abs(priceTicks - reference) > basisPointsOf(reference, share);
}

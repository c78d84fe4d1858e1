import type { OpenOrder } from "../../engine/book/snapshot.ts";
import { type OrderTerms, triggeredTerms, unlinkedTerms } from "../../engine/vocabulary/terms.ts";
import type { OrderRecord } from "../records/order-record.ts";
import type { WaitingStop } from "./book-state.ts";

/**
 * An open order as the book holds it.
 * @param isOpen whether an order is open: a pair is one as long as both legs are.
 * @param stop what has become of it while it waits.
 */
export function openOrderOf(
  record: OrderRecord,
  isOpen: (orderNumber: number) => boolean,
  stop: WaitingStop | undefined,
): OpenOrder {
  const { orderNumber, client, side, priceTicks, quantityLots, filledLots, selfTrade, status } = record;
  const isWaiting = status === "waiting";
  const remainingLots = quantityLots - filledLots;
  return {
    orderNumber,
    client,
    side,
    quantityLots,
    remainingLots,
    selfTrade,
    isWaiting,
    priceTicks: priceTicks ?? undefined,
    terms: currentTerms(record.terms, isWaiting, isOpen),
    displayedLots: record.displayedLots ?? remainingLots,
    anchorTicks: stop?.anchorTicks,
    isReached: stop?.isReached ?? false,
  };
}

/** The terms that still hold: a stop at rest has been triggered, a link needs both legs. */
function currentTerms(
  terms: OrderTerms | undefined,
  isWaiting: boolean,
  isOpen: (orderNumber: number) => boolean,
): OrderTerms | undefined {
  if (terms === undefined) return undefined;
  const { linkedTo, stopPriceTicks, trailTicks, trailBasisPoints } = terms;
  const isStop = (stopPriceTicks ?? trailTicks ?? trailBasisPoints) !== undefined;
  if (isStop && !isWaiting) return triggeredTerms(terms);
  return linkedTo === undefined || isOpen(linkedTo) ? terms : unlinkedTerms(terms);
}

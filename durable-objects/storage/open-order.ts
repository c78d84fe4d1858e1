import type { OpenOrder } from "../../engine/book/snapshot.ts";
import { type OrderTerms, triggeredTerms, unlinkedTerms } from "../../engine/vocabulary/terms.ts";
import type { OrderRecord } from "../records/order-record.ts";
import type { WaitingStop } from "./book-state.ts";

/**
 * An open order in the form of the book.
 * @param isOpen returns whether an order is open. A pair exists as long as both legs are open.
 * @param stop its state while it waits.
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

/** The terms that still apply. A stop that rests has been triggered, and a link requires both legs. */
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

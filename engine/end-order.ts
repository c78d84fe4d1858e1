import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import type { CancelReason } from "./vocabulary/event.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";

/** Ends an open order unfilled, and with it the other leg of its pair. */
export function endOrder(book: OrderBook, slot: number, reason: CancelReason, events: EventBuffer): void {
  const { orders } = book;
  const orderNumber = orders.orderNumber(slot);
  const side = orders.side(slot);
  if (orders.extrasPlace(slot) === NONE) {
    const lots = orders.shownLots(slot);
    const price = book.priceTicks(slot);
    book.remove(slot);
    events.cancelled(++book.sequence, book.timeMs, orderNumber, side, price, lots, reason);
    return;
  }
  const remaining = book.remainingLots(slot);
  const priceTicks = orders.isWaiting(slot) ? undefined : book.priceTicks(slot);
  const linkedTo = book.terms(slot)?.linkedTo;
  book.remove(slot);
  events.cancelled(++book.sequence, book.timeMs, orderNumber, side, priceTicks, remaining, reason);
  // An order that ends because of its other leg does not end that leg in turn.
  if (linkedTo !== undefined && reason !== "linked") endLinked(book, linkedTo, events);
}

/** Ends the other leg of a pair, if it is still open. */
export function endLinked(book: OrderBook, orderNumber: number, events: EventBuffer): void {
  const slot = book.slotOf(orderNumber);
  if (slot !== NONE) endOrder(book, slot, "linked", events);
}

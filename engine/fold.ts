import type { Event } from "./event.ts";
import { NONE } from "./integer-map.ts";
import type { OrderBook } from "./order-book.ts";

/**
 * Applies one event that already happened to a book: no decision is made again. Folding all events
 * from the first into an empty book gives the live book; so does folding the later ones into a
 * restored one.
 *
 * @throws if the event does not follow the book's state: a gap in the sequence, an unknown maker.
 */
export function fold(book: OrderBook, event: Event): void {
  if (event.sequence !== book.sequence + 1) {
    throw new Error(`event ${event.sequence} does not follow ${book.sequence}`);
  }
  switch (event.kind) {
    case "accepted":
      break;
    case "traded":
      book.fill(restingSlot(book, event.makerOrderNumber), event.quantityLots);
      book.tradeNumber = event.tradeNumber;
      book.lastTradePriceTicks = event.priceTicks;
      break;
    case "rested":
      book.rest(
        event.orderNumber,
        event.client,
        event.side,
        event.priceTicks,
        event.quantityLots,
        event.remainingLots,
      );
      break;
    case "cancelled":
      // An order that never rested has no price level to leave.
      if (event.priceTicks !== undefined) book.remove(restingSlot(book, event.orderNumber));
      break;
  }
  book.sequence = event.sequence;
  book.timeMs = event.timeMs;
}

function restingSlot(book: OrderBook, orderNumber: number): number {
  const slot = book.slotOf(orderNumber);
  if (slot === NONE) throw new Error(`order ${orderNumber} does not rest`);
  return slot;
}

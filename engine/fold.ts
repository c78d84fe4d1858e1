import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import { lower, rearm, replenish, resize } from "./book/quantities.ts";
import type { Amended, Event, Prevented } from "./vocabulary/event.ts";

/**
 * Applies one past event to a book, without deciding anything again. Folding all events from the first into
 * an empty book gives the live book. Folding the later events into a restored book gives the same.
 *
 * @throws if the event does not follow the book's state, for example after a gap in the sequence or with an
 * unknown maker.
 */
export function fold(book: OrderBook, event: Event): void {
  if (event.sequence !== book.sequence + 1) {
    throw new Error(`event ${event.sequence} does not follow ${book.sequence}`);
  }
  foldChange(book, event);
  book.sequence = event.sequence;
  book.timeMs = event.timeMs;
}

function foldChange(book: OrderBook, event: Event): void {
  switch (event.kind) {
    case "accepted":
    case "spent":
    case "advanced":
      break;
    case "traded": {
      const maker = openSlot(book, event.makerOrderNumber);
      // In an auction both orders rest. Otherwise the taker is not on the book.
      const taker = event.inAuction ? openSlot(book, event.takerOrderNumber) : NONE;
      book.timeMs = event.timeMs;
      book.tradeNumber = event.tradeNumber;
      book.fill(maker, event.quantityLots);
      if (taker !== NONE) book.fill(taker, event.quantityLots);
      book.noteTrade(event.priceTicks, event.inAuction);
      break;
    }
    case "rested": {
      const { orderNumber, client, side, priceTicks, quantityLots, remainingLots, selfTrade, terms } = event;
      book.rest(orderNumber, client, side, priceTicks, quantityLots, remainingLots, selfTrade, terms);
      break;
    }
    case "armed": {
      const { orderNumber, client, side, priceTicks, quantityLots, selfTrade, terms } = event;
      const anchorTicks = terms.stopPriceTicks === undefined ? book.lastTradePriceTicks : undefined;
      book.arm(orderNumber, client, side, priceTicks, quantityLots, selfTrade, terms, anchorTicks, false);
      break;
    }
    case "cancelled": {
      // An order that is not on the book yet has no level to leave.
      const slot = book.slotOf(event.orderNumber);
      if (slot !== NONE) book.remove(slot);
      else if (event.priceTicks !== undefined) missing(event.orderNumber);
      break;
    }
    case "triggered": {
      // An order whose stop price was reached when it was placed has not waited.
      const slot = book.slotOf(event.orderNumber);
      if (slot !== NONE) book.remove(slot);
      break;
    }
    case "replenished":
      replenish(book, openSlot(book, event.orderNumber));
      break;
    case "prevented":
      foldPrevented(book, event);
      break;
    case "amended":
      foldAmended(book, event);
      break;
    case "status_changed":
      book.setStatus(event.status, event.untilMs);
      break;
    case "left_unfinished":
      book.work.restore(event.unfinished);
      break;
  }
}

function foldPrevented(book: OrderBook, event: Prevented): void {
  const maker = openSlot(book, event.makerOrderNumber);
  if (event.makerDecrementLots > 0) lower(book, maker, event.makerDecrementLots);
}

function foldAmended(book: OrderBook, event: Amended): void {
  const slot = openSlot(book, event.orderNumber);
  const { priceTicks, quantityLots, stopPriceTicks, keepsPriority } = event;
  if (book.orders.isWaiting(slot)) {
    const old = book.terms(slot) ?? {};
    const terms = stopPriceTicks === undefined ? old : { ...old, stopPriceTicks };
    rearm(book, slot, priceTicks, quantityLots, terms);
  } else if (keepsPriority) resize(book, slot, quantityLots - book.orders.quantityLots(slot));
  else book.lift(slot);
}

function openSlot(book: OrderBook, orderNumber: number): number {
  const slot = book.slotOf(orderNumber);
  return slot === NONE ? missing(orderNumber) : slot;
}

function missing(orderNumber: number): never {
  throw new Error(`order ${orderNumber} does not rest`);
}

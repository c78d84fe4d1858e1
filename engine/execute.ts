import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import { match } from "./match.ts";
import { limitOf } from "./price-limits.ts";
import { enterStatus } from "./status.ts";
import type { Taker } from "./taker.ts";
import type { CancelReason } from "./vocabulary/event.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import { type OrderNumber, opposite, type TimeMs } from "./vocabulary/units.ts";

/** Matches an order that has entered. Its remainder then rests or ends. */
export function execute(book: OrderBook, taker: Taker, events: EventBuffer): void {
  if (book.status !== "auction") match(book, taker, limitOf(book, taker), events);
  if (taker.remainingLots > 0 || (taker.budget !== undefined && !taker.hasTraded))
    finish(book, taker, events);
  if (taker.stoppedBy === "halted") {
    const haltMs = book.rules.volatility?.haltMs ?? 0;
    enterStatus(book, "halted", "volatility", (book.timeMs + haltMs) as TimeMs, events);
  }
}

/** Rests the remainder of an order, or ends it. */
function finish(book: OrderBook, taker: Taker, events: EventBuffer): void {
  const { orderNumber, client, side, priceTicks, quantityLots, remainingLots, selfTrade, terms } = taker;
  if (taker.stoppedBy === undefined) {
    if (taker.isSpent && taker.hasTraded) {
      events.other({ kind: "spent", ...book.nextStamp(), orderNumber: orderNumber as OrderNumber, side });
      return;
    }
    if (priceTicks !== undefined && taker.mayRest) {
      book.rest(orderNumber, client, side, priceTicks, quantityLots, remainingLots, selfTrade, terms);
      events.rested(
        ++book.sequence,
        book.timeMs,
        orderNumber,
        client,
        side,
        priceTicks,
        quantityLots,
        remainingLots,
        selfTrade,
        terms,
      );
      return;
    }
  }
  const reason = taker.stoppedBy ?? whyOver(book, taker);
  events.cancelled(++book.sequence, book.timeMs, orderNumber, side, undefined, remainingLots, reason);
}

/** The reason why an order that may not rest has a remainder. */
function whyOver(book: OrderBook, taker: Taker): CancelReason {
  if (taker.priceTicks !== undefined) return "ioc";
  const isMore = book.side(opposite(taker.side)).best !== NONE && !taker.isSpent;
  return isMore ? "price_protection" : "no_liquidity";
}

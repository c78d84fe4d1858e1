import type { OrderBook } from "./book/order-book.ts";
import { trailedStopTicks } from "./book/waiting-stops.ts";
import { endLinked, endOrder } from "./end-order.ts";
import { execute } from "./execute.ts";
import { whyNotFilled } from "./fill-or-kill.ts";
import { Taker } from "./taker.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import { triggeredTerms } from "./vocabulary/terms.ts";
import type { OrderNumber, PriceTicks } from "./vocabulary/units.ts";

/**
 * Triggers the stops that trades have reached, one after another, after the command that traded. Stops that
 * their trades reach follow in turn. Nothing adds a stop meanwhile, so this terminates. A halt leaves the
 * rest until trading continues. Work beyond the bound is left to `advance`.
 *
 * @param bound no further stop is triggered once the buffer has this many events.
 */
export function triggerReached(book: OrderBook, events: EventBuffer, bound: number): void {
  while (book.isTriggering && events.length < bound) {
    const slot = book.stops.nextReached;
    const doom = book.work.doomOf(slot);
    if (doom === undefined) triggerWaiting(book, slot, events);
    else endOrder(book, slot, doom, events);
  }
}

/** Triggers one waiting stop, and ends the other leg of its pair. */
export function triggerWaiting(book: OrderBook, slot: number, events: EventBuffer): void {
  const { orders } = book;
  const { terms, priceTicks, anchorTicks } = book.knownExtras(slot);
  const side = orders.side(slot);
  const order = {
    client: orders.client(slot),
    side,
    priceTicks,
    quantityLots: orders.quantityLots(slot),
    selfTrade: orders.selfTrade(slot),
  };
  const stop = new Taker(order, "stop", terms);
  stop.orderNumber = orders.orderNumber(slot);
  book.remove(slot);
  trigger(book, stop, terms.stopPriceTicks ?? trailedStopTicks(side, terms, anchorTicks ?? 0), events);
}

/**
 * Continues a stop as the market or limit order that it becomes. It was accepted earlier and cannot be
 * rejected any more. A fill-or-kill order that would not be filled therefore ends.
 */
export function trigger(book: OrderBook, stop: Taker, stopPriceTicks: number, events: EventBuffer): void {
  const { orderNumber, side, priceTicks, quantityLots, terms = {} } = stop;
  events.other({
    kind: "triggered",
    ...book.nextStamp(),
    orderNumber: orderNumber as OrderNumber,
    side,
    stopPriceTicks: stopPriceTicks as PriceTicks,
  });
  if (terms.linkedTo !== undefined) endLinked(book, terms.linkedTo, events);
  const type = priceTicks === undefined ? "market" : "limit";
  const rest = triggeredTerms(terms);
  const taker = new Taker(stop, type, rest);
  taker.orderNumber = orderNumber;
  const obstacle = rest?.timeInForce === "fok" ? whyNotFilled(book, taker, book.timeMs) : undefined;
  if (obstacle === undefined) {
    execute(book, taker, events);
    return;
  }
  const reason = obstacle === "too_many_changes" ? "too_many_fills" : "would_not_fill";
  events.cancelled(++book.sequence, book.timeMs, orderNumber, side, undefined, quantityLots, reason);
}

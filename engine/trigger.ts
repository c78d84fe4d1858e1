import { endLinked } from "./end-order.ts";
import type { EventBuffer } from "./event-buffer.ts";
import { execute } from "./execute.ts";
import { NONE } from "./integer-map.ts";
import type { OrderBook } from "./order-book.ts";
import { Taker } from "./taker.ts";
import { triggeredTerms } from "./terms.ts";
import type { OrderNumber, PriceTicks } from "./units.ts";
import { trailedStopTicks } from "./waiting-stops.ts";

/**
 * Triggers the stops that trades have reached, once the command that traded is done: round by round, in
 * each the oldest first. What the trades of a round reach makes the next. Nothing adds a stop meanwhile,
 * so there are at most as many rounds as stops. A halt leaves the rest for when trading goes on.
 */
export function triggerReached(book: OrderBook, events: EventBuffer): void {
  while (book.stops.reachedCount > 0 && book.status === "trading") {
    for (const orderNumber of book.stops.reachedNumbers()) {
      const slot = book.slotOf(orderNumber);
      if (slot !== NONE && book.status === "trading") triggerWaiting(book, slot, events);
    }
  }
}

/** Triggers one waiting stop; the other leg of its pair ends. */
export function triggerWaiting(book: OrderBook, slot: number, events: EventBuffer): void {
  const { orders } = book;
  const { terms, priceTicks, anchorTicks } = book.knownExtras(slot);
  const [client, side, lots] = [orders.client(slot), orders.side(slot), orders.quantityLots(slot)];
  const stop = new Taker(client, side, "stop", priceTicks, lots, lots, orders.selfTrade(slot), terms);
  stop.orderNumber = orders.orderNumber(slot);
  book.remove(slot);
  trigger(book, stop, terms.stopPriceTicks ?? trailedStopTicks(side, terms, anchorTicks ?? 0), events);
}

/** Lets a stop go on as the market or limit order that it was to become. */
export function trigger(book: OrderBook, stop: Taker, stopPriceTicks: number, events: EventBuffer): void {
  const { orderNumber, client, side, priceTicks, quantityLots, selfTrade, terms = {} } = stop;
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
  const taker = new Taker(client, side, type, priceTicks, quantityLots, quantityLots, selfTrade, rest);
  taker.orderNumber = orderNumber;
  execute(book, taker, events);
}

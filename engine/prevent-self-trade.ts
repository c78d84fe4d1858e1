import type { OrderBook } from "./book/order-book.ts";
import { lower } from "./book/quantities.ts";
import { endLinked, endOrder } from "./end-order.ts";
import type { Taker } from "./taker.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { OrderNumber, PriceTicks, QuantityLots } from "./vocabulary/units.ts";

/**
 * Applies the taker's self-trade mode instead of a trade between two orders of one client or group.
 *
 * @returns the taker's remaining lots. `taker.stoppedBy` is set if the taker ends.
 */
export function preventSelfTrade(
  book: OrderBook,
  taker: Taker,
  maker: number,
  priceTicks: number,
  remaining: number,
  events: EventBuffer,
): number {
  const makerLots = book.remainingLots(maker);
  const lots = Math.min(remaining, makerLots);
  const isDecrement = taker.selfTrade === "decrement";
  // The larger order continues with the difference. An order that is used up ends.
  const makerDecrement = isDecrement && makerLots > remaining ? lots : 0;
  const takerDecrement = isDecrement && makerLots < remaining ? lots : 0;
  events.other({
    kind: "prevented",
    ...book.nextStamp(),
    makerOrderNumber: book.orders.orderNumber(maker) as OrderNumber,
    takerOrderNumber: taker.orderNumber as OrderNumber,
    takerSide: taker.side,
    priceTicks: priceTicks as PriceTicks,
    preventedLots: lots as QuantityLots,
    makerDecrementLots: makerDecrement as QuantityLots,
    takerDecrementLots: takerDecrement as QuantityLots,
  });
  if (makerDecrement > 0) decrement(book, maker, makerDecrement, events);
  else if (taker.selfTrade !== "expire_taker") endOrder(book, maker, "self_trade", events);
  const goesOn = taker.selfTrade === "expire_maker" || takerDecrement > 0;
  if (!goesOn) taker.stoppedBy = "self_trade";
  if (taker.budget !== undefined) taker.budget -= takerDecrement * priceTicks;
  else taker.quantityLots -= takerDecrement;
  return remaining - takerDecrement;
}

/** Reduces a maker by the prevented quantity. Like a trade, this ends the other leg of its pair. */
function decrement(book: OrderBook, maker: number, lots: number, events: EventBuffer): void {
  lower(book, maker, lots);
  const linkedTo = book.terms(maker)?.linkedTo;
  if (linkedTo !== undefined) endLinked(book, linkedTo, events);
}

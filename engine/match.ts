import type { EventBuffer } from "./event-buffer.ts";
import { NONE } from "./integer-map.ts";
import type { OrderBook } from "./order-book.ts";
import { opposite, type Side } from "./units.ts";

/**
 * Trades an incoming order against the other side, best price first, then oldest first, each trade
 * at the maker's price, until it is filled or nothing within its limit is left.
 *
 * @param limitTicks the worst price the taker accepts; absent for any price.
 * @returns the taker's remaining lots.
 */
export function match(
  book: OrderBook,
  timeMs: number,
  takerOrderNumber: number,
  takerSide: Side,
  limitTicks: number | undefined,
  quantityLots: number,
  events: EventBuffer,
): number {
  const makers = book.side(opposite(takerSide));
  const orders = book.orders;
  const worstRank = limitTicks === undefined ? Number.POSITIVE_INFINITY : makers.rankOf(limitTicks);
  let remaining = quantityLots;
  while (remaining > 0) {
    const level = makers.best;
    if (level === NONE || makers.rank(level) > worstRank) break;
    const maker = makers.front(level);
    const makerLots = orders.remainingLots(maker);
    const lots = Math.min(remaining, makerLots);
    const priceTicks = makers.priceTicks(level);
    remaining -= lots;
    book.lastTradePriceTicks = priceTicks;
    events.traded(
      ++book.sequence,
      timeMs,
      ++book.tradeNumber,
      orders.orderNumber(maker),
      takerOrderNumber,
      takerSide,
      priceTicks,
      lots,
      makerLots - lots,
      remaining,
    );
    book.fill(maker, lots);
  }
  return remaining;
}

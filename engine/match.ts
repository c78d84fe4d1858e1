import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import { replenish } from "./book/quantities.ts";
import { endLinked, endOrder } from "./end-order.ts";
import { preventSelfTrade } from "./prevent-self-trade.ts";
import type { Taker } from "./taker.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import { type OrderNumber, opposite, type QuantityLots, wholeQuotient } from "./vocabulary/units.ts";

/**
 * Matches an incoming order against the other side, best price first, then oldest first, each trade at the
 * maker's price. It stops when the order is filled or stopped, or when nothing within its limit is left. It
 * meets a bounded number of orders: those it trades with, those that self-trade prevention keeps it from, and
 * doomed orders, which it ends. The remainder is in `taker.remainingLots`. For an order by quote budget, that
 * is what the rest of the budget buys at the last price.
 *
 * @param limitTicks the worst price the taker accepts; absent for any price.
 */
export function match(
  book: OrderBook,
  taker: Taker,
  limitTicks: number | undefined,
  events: EventBuffer,
): void {
  const { side, selfTrade, orderNumber, client } = taker;
  const groupNumber = taker.terms?.groupNumber;
  const makers = book.side(opposite(side));
  const orders = book.orders;
  const worstRank = limitTicks === undefined ? Number.POSITIVE_INFINITY : makers.rankOf(limitTicks);
  const isWatched = book.isWatched;
  const hasDoomed = book.work.hasDoomed;
  let fillsLeft = book.fillsMax;
  let remaining = taker.remainingLots;
  // From the first order met, the remaining budget determines the remaining lots.
  while (remaining > 0 || (taker.budget !== undefined && !taker.hasTraded)) {
    const level = makers.best;
    if (level === NONE || makers.rank(level) > worstRank) break;
    if (fillsLeft-- === 0) {
      taker.stoppedBy = "too_many_fills";
      break;
    }
    const maker = makers.front(level);
    const doom = hasDoomed ? book.work.doomOf(maker) : undefined;
    if (doom !== undefined) {
      endOrder(book, maker, doom, events);
      continue;
    }
    const priceTicks = makers.priceTicks(level);
    if (taker.budget !== undefined) {
      const lotsLeft = wholeQuotient(taker.budget, priceTicks);
      taker.isSpent = lotsLeft === 0;
      if (taker.isSpent) break;
      remaining = lotsLeft;
    }
    if (selfTrade !== "none" && book.isOwn(maker, client, groupNumber)) {
      remaining = preventSelfTrade(book, taker, maker, priceTicks, remaining, events);
      if (taker.stoppedBy !== undefined) break;
      continue;
    }
    const makerLots = orders.shownLots(maker);
    const lots = Math.min(remaining, makerLots);
    remaining -= lots;
    if (taker.budget !== undefined) taker.budget -= lots * priceTicks;
    const isPlain = orders.extrasPlace(maker) === NONE;
    const makerRemaining = isPlain ? makerLots - lots : book.remainingLots(maker) - lots;
    const makerNumber = orders.orderNumber(maker);
    const linkedTo = isPlain ? undefined : book.terms(maker)?.linkedTo;
    const isBreach = isWatched && isVolatile(book, priceTicks);
    events.traded(
      ++book.sequence,
      book.timeMs,
      ++book.tradeNumber,
      makerNumber,
      orderNumber,
      side,
      priceTicks,
      lots,
      makerRemaining,
      remaining,
      false,
    );
    book.fill(maker, lots);
    if (isWatched) {
      book.noteTrade(priceTicks, false);
      book.stops.reach(priceTicks);
    } else book.lastTradePriceTicks = priceTicks;
    if (!isPlain) followMaker(book, maker, makerLots === lots && makerRemaining > 0, linkedTo, events);
    taker.hasTraded = true;
    if (isBreach) {
      taker.stoppedBy = "halted";
      break;
    }
  }
  taker.remainingLots = remaining;
}

/** Shows the next slice of a maker if its slice is used up, and ends the other leg of its pair. */
export function followMaker(
  book: OrderBook,
  maker: number,
  isSliceUsedUp: boolean,
  linkedTo: number | undefined,
  events: EventBuffer,
): void {
  if (isSliceUsedUp) {
    replenish(book, maker);
    const { orders } = book;
    events.other({
      kind: "replenished",
      ...book.nextStamp(),
      orderNumber: orders.orderNumber(maker) as OrderNumber,
      side: orders.side(maker),
      priceTicks: book.priceTicks(maker),
      displayedLots: orders.shownLots(maker) as QuantityLots,
      hiddenLots: book.knownExtras(maker).hiddenLots as QuantityLots,
    });
  }
  if (linkedTo !== undefined) endLinked(book, linkedTo, events);
}

/** Whether a trade at a price would be further from the recent trades than the volatility rule allows. */
function isVolatile(book: OrderBook, priceTicks: number): boolean {
  const range = book.window?.range(book.timeMs);
  return range !== undefined && book.window?.isBreach(range.low, range.high, priceTicks) === true;
}

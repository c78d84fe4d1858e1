import type { OrderBook } from "./book/order-book.ts";
import { type LotsByLevel, nearCrossing, RANGES } from "./crossing.ts";
import { followMaker } from "./match.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import { BUY, type PriceTicks, SELL } from "./vocabulary/units.ts";

/** The expected result of an auction. */
export interface IndicativeUncross {
  readonly priceTicks: PriceTicks;
  /** The quantity that would trade, displayed or hidden. */
  readonly volumeLots: number;
  /** Buy quantity minus sell quantity at the price. */
  readonly imbalanceLots: number;
}

/**
 * The price at which the most volume trades. Ties are resolved by the smallest imbalance; then by the highest
 * price if only buys are left over, or the lowest if only sells are; then by the distance to the reference
 * price; then by the lowest price. Undefined if nothing would trade. Most levels of a very large book are read
 * only once, in the order in which they are kept.
 *
 * @param rangeCount see `nearCrossing`.
 */
export function indicativeUncross(book: OrderBook, rangeCount = RANGES): IndicativeUncross | undefined {
  const [buys, sells] = nearCrossing(book.side(BUY), book.side(SELL), rangeCount);
  for (;;) {
    const [bid, ask] = [buys.priceTicks, sells.priceTicks];
    if (bid === undefined || ask === undefined || bid < ask) break;
    const lots = Math.min(buys.lots, sells.lots);
    buys.take(lots);
    sells.take(lots);
  }
  const { takenLots: volumeLots } = buys;
  if (volumeLots === 0) return undefined;
  // The most volume trades at every price between the worst prices that trade.
  const [low, high] = [sells.takenTicks, buys.takenTicks];
  const { priceTicks, imbalanceLots } = leastImbalance(low, high, buys, sells, book.referenceTicks);
  return { priceTicks: priceTicks as PriceTicks, volumeLots, imbalanceLots };
}

/**
 * Among the prices with the most volume, returns the one with the least imbalance. The reference price, if
 * any, resolves ties.
 *
 * @param buys the buys left over, and `sells` the sells left over. The best of them do not cross.
 */
function leastImbalance(
  low: number,
  high: number,
  buys: LotsByLevel,
  sells: LotsByLevel,
  referenceTicks = 0,
): { priceTicks: number; imbalanceLots: number } {
  const { priceTicks: bid = 0 } = buys;
  const { priceTicks: ask = Number.POSITIVE_INFINITY } = sells;
  // Between the best buy and the best sell left over, the imbalance is zero.
  const [lowest, highest] = [Math.max(low, bid + 1), Math.min(high, ask - 1)];
  if (lowest <= highest)
    return { priceTicks: Math.min(highest, Math.max(lowest, referenceTicks)), imbalanceLots: 0 };
  // The imbalance grows with the distance from them. It is least at the best buy or the best sell.
  const ofBuys = { priceTicks: bid, imbalanceLots: buys.lots };
  const ofSells = { priceTicks: ask, imbalanceLots: -sells.lots };
  if (bid < low) return ofSells;
  if (ask > high) return ofBuys;
  if (buys.lots !== sells.lots) return buys.lots < sells.lots ? ofBuys : ofSells;
  return referenceTicks >= ask ? ofSells : ofBuys;
}

/**
 * Trades a number of lots at one price, in priority order on both sides, until the buffer has `bound` events.
 *
 * @returns the lots that are still to be traded.
 */
export function tradeAtOnePrice(
  book: OrderBook,
  priceTicks: PriceTicks,
  lots: number,
  events: EventBuffer,
  bound: number,
): number {
  const [buys, sells] = [book.side(BUY), book.side(SELL)];
  let left = lots;
  while (left > 0 && events.length < bound) {
    const [buy, sell] = [buys.front(buys.best), sells.front(sells.best)];
    const traded = Math.min(left, book.orders.shownLots(buy), book.orders.shownLots(sell));
    tradeInAuction(book, buy, sell, priceTicks, traded, events);
    left -= traded;
  }
  return left;
}

/** Trades two resting orders. The later one counts as the taker. */
function tradeInAuction(
  book: OrderBook,
  buy: number,
  sell: number,
  priceTicks: number,
  lots: number,
  events: EventBuffer,
): void {
  const { orders } = book;
  const takerSide = orders.orderNumber(buy) > orders.orderNumber(sell) ? BUY : SELL;
  const [maker, taker] = takerSide === BUY ? [sell, buy] : [buy, sell];
  const after = [maker, taker].map((slot) => ({
    slot,
    isSliceUsedUp: orders.shownLots(slot) === lots && book.isHiding(slot),
    linkedTo: book.terms(slot)?.linkedTo,
  }));
  events.traded(
    ++book.sequence,
    book.timeMs,
    ++book.tradeNumber,
    orders.orderNumber(maker),
    orders.orderNumber(taker),
    takerSide,
    priceTicks,
    lots,
    book.remainingLots(maker) - lots,
    book.remainingLots(taker) - lots,
    true,
  );
  book.fill(maker, lots);
  book.fill(taker, lots);
  book.noteTrade(priceTicks, true);
  book.stops.reach(priceTicks);
  for (const { slot, isSliceUsedUp, linkedTo } of after)
    followMaker(book, slot, isSliceUsedUp, linkedTo, events);
}

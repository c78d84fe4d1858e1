import type { EventBuffer } from "./event-buffer.ts";
import { NONE } from "./integer-map.ts";
import { followMaker } from "./match.ts";
import type { OrderBook } from "./order-book.ts";
import { BUY, type PriceTicks, SELL, type Side } from "./units.ts";

/** What an auction would come to. */
export interface IndicativeUncross {
  readonly priceTicks: PriceTicks;
  /** What would trade, shown or hidden. */
  readonly volumeLots: number;
  /** Buys minus sells that are willing at the price. */
  readonly imbalanceLots: number;
}

interface PriceLots {
  readonly priceTicks: number;
  readonly lots: number;
}

/**
 * The price at which most would trade; of several, the one of the smallest imbalance, then the nearest to
 * the reference price, then the lowest. Undefined when nothing would trade. Takes time by the number of
 * crossed levels.
 */
export function indicativeUncross(book: OrderBook): IndicativeUncross | undefined {
  const [bid, ask] = [bestTicks(book, BUY), bestTicks(book, SELL)];
  if (bid === undefined || ask === undefined || ask > bid) return undefined;
  const buys = crossedLevels(book, BUY, (price) => price >= ask).reverse();
  const sells = crossedLevels(book, SELL, (price) => price <= bid);
  let demand = buys.reduce((sum, { lots }) => sum + lots, 0);
  let supply = 0;
  let best: IndicativeUncross | undefined;
  const reference = book.referenceTicks;
  const consider = (price: number) => {
    const volumeLots = Math.min(demand, supply);
    const candidate = { priceTicks: price as PriceTicks, volumeLots, imbalanceLots: demand - supply };
    if (best === undefined || isBetter(candidate, best, reference)) best = candidate;
  };
  // From the lowest price up: at each level, then between it and the next.
  for (let [buy, sell] = [0, 0]; buy < buys.length || sell < sells.length; ) {
    const price = Math.min(buys[buy]?.priceTicks ?? bid, sells[sell]?.priceTicks ?? bid);
    if (sells[sell]?.priceTicks === price) supply += sells[sell++]?.lots ?? 0;
    consider(price);
    if (buys[buy]?.priceTicks === price) demand -= buys[buy++]?.lots ?? 0;
    const next = Math.min(buys[buy]?.priceTicks ?? bid, sells[sell]?.priceTicks ?? bid);
    if (next - price >= 2) consider(Math.min(Math.max(reference ?? 0, price + 1), next - 1));
  }
  return best;
}

function isBetter(a: IndicativeUncross, b: IndicativeUncross, reference: number | undefined): boolean {
  if (a.volumeLots !== b.volumeLots) return a.volumeLots > b.volumeLots;
  const imbalances = [Math.abs(a.imbalanceLots), Math.abs(b.imbalanceLots)] as const;
  if (imbalances[0] !== imbalances[1]) return imbalances[0] < imbalances[1];
  const distance = (price: number) => (reference === undefined ? 0 : Math.abs(price - reference));
  return distance(a.priceTicks) < distance(b.priceTicks);
}

function bestTicks(book: OrderBook, side: Side): number | undefined {
  const levels = book.side(side);
  return levels.best === NONE ? undefined : levels.priceTicks(levels.best);
}

function crossedLevels(book: OrderBook, side: Side, isCrossed: (price: number) => boolean): PriceLots[] {
  const levels = book.side(side);
  const crossed: PriceLots[] = [];
  for (let level = levels.best; level !== NONE; level = levels.worse(level)) {
    const priceTicks = levels.priceTicks(level);
    if (!isCrossed(priceTicks)) break;
    crossed.push({ priceTicks, lots: levels.levelLots(level) + levels.levelHiddenLots(level) });
  }
  return crossed;
}

/**
 * Trades so many lots at one price, by price, then time on both sides, until the buffer has `bound` events.
 *
 * @returns how many lots are left to be traded.
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
    const traded = Math.min(left, book.orders.remainingLots(buy), book.orders.remainingLots(sell));
    tradeInAuction(book, buy, sell, priceTicks, traded, events);
    left -= traded;
  }
  return left;
}

/** Trades two resting orders; the later one counts as the taker. */
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
    isSliceUsedUp: orders.remainingLots(slot) === lots && book.isHiding(slot),
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

import { NONE } from "./integer-map.ts";
import type { OrderBook } from "./order-book.ts";
import { limitOf } from "./price-limits.ts";
import type { Taker } from "./taker.ts";
import { opposite } from "./units.ts";

/**
 * Whether an order would be filled wholly at once: by what rests within its limit, that it could reach
 * before it met an order of its own group that ends it, or a trade that halts trading.
 */
export function wouldFill(book: OrderBook, taker: Taker, timeMs: number): boolean {
  const makers = book.side(opposite(taker.side));
  const limitTicks = limitOf(book, taker);
  const worstRank = limitTicks === undefined ? Number.POSITIVE_INFINITY : makers.rankOf(limitTicks);
  let missing = taker.remainingLots;
  const traded = book.window?.range(timeMs);
  let { low, high } = traded ?? { low: Number.POSITIVE_INFINITY, high: 0 };
  for (
    let level = makers.best;
    level !== NONE && makers.rank(level) <= worstRank;
    level = makers.worse(level)
  ) {
    const priceTicks = makers.priceTicks(level);
    const isBreach = book.window?.isBreach(low, high, priceTicks) === true;
    const { lots, isLast } =
      taker.selfTrade === "none" && !isBreach
        ? { lots: makers.levelLots(level) + makers.levelHiddenLots(level), isLast: false }
        : reachable(book, taker, makers.front(level), isBreach);
    missing -= lots;
    if (missing <= 0) return true;
    if (isLast) return false;
    // Where only its own orders are taken away nothing trades.
    if (lots === 0) continue;
    low = Math.min(low, priceTicks);
    high = Math.max(high, priceTicks);
  }
  return false;
}

/**
 * What a taker reaches in a queue, and whether nothing comes after it.
 *
 * @param onlyOne whether its first trade here halts trading.
 */
function reachable(
  book: OrderBook,
  taker: Taker,
  front: number,
  onlyOne: boolean,
): { lots: number; isLast: boolean } {
  const { orders } = book;
  // What icebergs show comes before an order that stops the taker, what they hide after it.
  let shown = 0;
  let hidden = 0;
  for (let slot = front; slot !== NONE; slot = orders.next(slot)) {
    const isOwn = taker.selfTrade !== "none" && book.selfTradeGroup(slot) === taker.selfTradeGroup;
    if (isOwn && taker.selfTrade !== "expire_maker") return { lots: shown, isLast: true };
    if (isOwn) continue;
    shown += orders.remainingLots(slot);
    if (onlyOne) return { lots: shown, isLast: true };
    hidden += book.remainingLots(slot) - orders.remainingLots(slot);
    if (shown >= taker.remainingLots) break;
  }
  return { lots: shown + hidden, isLast: false };
}

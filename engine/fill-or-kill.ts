import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import { limitOf } from "./price-limits.ts";
import type { Taker } from "./taker.ts";
import { opposite } from "./vocabulary/units.ts";

/** What prevents an order from being filled completely at once. */
type Obstacle = "would_not_fill" | "too_many_changes";

/** An iceberg that will show another slice, behind everything displayed at its level. */
interface NextSlices {
  hiddenLots: number;
  readonly displayLots: number;
}

/**
 * The reason why an order would not be filled completely at once; undefined if it would be. Either there is
 * too little within its limit, self-trade prevention would end it first, one of its trades would halt
 * trading, or it would meet more orders than one order may. The function follows the steps of `match` without
 * executing them, so it is as bounded as they are.
 */
export function whyNotFilled(book: OrderBook, taker: Taker, timeMs: number): Obstacle | undefined {
  const makers = book.side(opposite(taker.side));
  const limitTicks = limitOf(book, taker);
  const worstRank = limitTicks === undefined ? Number.POSITIVE_INFINITY : makers.rankOf(limitTicks);
  const trial = new Trial(book, taker);
  const traded = book.window?.range(timeMs);
  let { low, high } = traded ?? { low: Number.POSITIVE_INFINITY, high: 0 };
  for (
    let level = makers.best;
    level !== NONE && makers.rank(level) <= worstRank;
    level = makers.worse(level)
  ) {
    const priceTicks = makers.priceTicks(level);
    const missingLots = trial.missingLots;
    trial.take(makers.front(level), book.window?.isBreach(low, high, priceTicks) === true);
    if (trial.missingLots === 0) return undefined;
    if (trial.reason !== undefined) return trial.reason;
    // If orders are only removed, nothing trades.
    if (trial.missingLots === missingLots) continue;
    low = Math.min(low, priceTicks);
    high = Math.max(high, priceTicks);
  }
  return "would_not_fill";
}

/** The result of an order, level by level. */
class Trial {
  readonly #book: OrderBook;
  readonly #taker: Taker;
  #fillsLeft: number;
  missingLots: number;
  /** The obstacle that ends the trial. */
  reason: Obstacle | undefined;

  constructor(book: OrderBook, taker: Taker) {
    this.#book = book;
    this.#taker = taker;
    this.#fillsLeft = book.fillsMax;
    this.missingLots = taker.remainingLots;
  }

  /**
   * Takes the available quantity of a queue.
   *
   * @param haltsAtOnce whether the first trade here halts trading.
   */
  take(front: number, haltsAtOnce: boolean): void {
    const slices: NextSlices[] = [];
    const book = this.#book;
    for (let slot = front; slot !== NONE && !this.#isOver; slot = book.orders.next(slot)) {
      if (!this.#meets()) return;
      if (book.work.hasDoomed && book.work.doomOf(slot) !== undefined) continue;
      if (this.#isOwn(slot)) {
        if (this.#taker.selfTrade !== "expire_maker") this.reason = "would_not_fill";
        continue;
      }
      this.#fill(book.orders.shownLots(slot), haltsAtOnce);
      if (book.isHiding(slot)) slices.push(slicesOf(book, slot));
    }
    for (let next = slices.shift(); next !== undefined && !this.#isOver; next = slices.shift()) {
      if (!this.#meets()) return;
      const lots = Math.min(next.displayLots, next.hiddenLots);
      this.#fill(lots, haltsAtOnce);
      next.hiddenLots -= lots;
      if (next.hiddenLots > 0) slices.push(next);
    }
  }

  get #isOver(): boolean {
    return this.missingLots === 0 || this.reason !== undefined;
  }

  #meets(): boolean {
    if (this.#fillsLeft-- > 0) return true;
    this.reason = "too_many_changes";
    return false;
  }

  #isOwn(slot: number): boolean {
    const { selfTrade, client, terms } = this.#taker;
    return selfTrade !== "none" && this.#book.isOwn(slot, client, terms?.groupNumber);
  }

  #fill(lots: number, halts: boolean): void {
    this.missingLots -= Math.min(lots, this.missingLots);
    if (halts && this.missingLots > 0) this.reason = "would_not_fill";
  }
}

function slicesOf(book: OrderBook, slot: number): NextSlices {
  const { hiddenLots, terms } = book.knownExtras(slot);
  return { hiddenLots, displayLots: terms.displayLots ?? hiddenLots };
}

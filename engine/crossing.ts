import type { BookSide } from "./book/book-side.ts";
import { NONE } from "./book/integer-map.ts";

/**
 * The number of ranges into which the crossing prices are divided. Fewer prices, or levels, are visited one
 * by one.
 */
export const RANGES = 4_096;

/** The lots of one side, level by level from the best price, displayed or hidden. */
export class LotsByLevel {
  readonly #side: BookSide;
  #level: number;
  /** The lots left at the level. */
  lots = 0;
  /** The lots taken so far. */
  takenLots = 0;
  /** The worst price at which anything was taken, if any. */
  takenTicks = 0;

  constructor(side: BookSide) {
    this.#side = side;
    this.#level = side.best;
    this.#fill();
  }

  /** Absent after the last level. */
  get priceTicks(): number | undefined {
    return this.#level === NONE ? undefined : this.#side.priceTicks(this.#level);
  }

  /** @param lots at most the lots left at the level. */
  take(lots: number): void {
    this.lots -= lots;
    this.takenLots += lots;
    this.takenTicks = this.#side.priceTicks(this.#level);
    if (this.lots > 0) return;
    this.#level = this.#side.worse(this.#level);
    this.#fill();
  }

  /** Takes every level whose price is better than one. @param lots the known lots of these levels. */
  takeBetter(priceTicks: number, lots: number): void {
    const last = this.#side.betterThan(priceTicks);
    if (last === NONE) return;
    this.takenLots = lots;
    this.takenTicks = this.#side.priceTicks(last);
    this.#level = this.#side.worse(last);
    this.#fill();
  }

  /** Takes level after level until this many lots are taken. There must be as many. */
  takeUpTo(lots: number): void {
    while (this.takenLots < lots) this.take(Math.min(this.lots, lots - this.takenLots));
  }

  #fill(): void {
    const level = this.#level;
    this.lots = level === NONE ? 0 : this.#side.levelLots(level) + this.#side.levelHiddenLots(level);
  }
}

/**
 * Both sides after equal amounts that certainly trade were taken from each, so that only a short rest must be
 * visited.
 *
 * As the price rises, the buys at or above it decrease, and the sells below it increase. There is therefore
 * one range of prices at whose start the buys are no fewer than the sells, and after whose end they are: the
 * sides cross there. All buys above that range trade, since there are more sells below them, and so do all
 * sells below it.
 *
 * @param rangeCount the number of ranges into which prices are divided, repeatedly, until there are no more
 * prices than that.
 */
export function nearCrossing(
  buySide: BookSide,
  sellSide: BookSide,
  rangeCount: number,
): [buys: LotsByLevel, sells: LotsByLevel] {
  const [buys, sells] = [new LotsByLevel(buySide), new LotsByLevel(sellSide)];
  const [highest, lowest] = [buys.priceTicks, sells.priceTicks];
  const isShort = buySide.levelCount + sellSide.levelCount <= rangeCount;
  if (isShort || highest === undefined || lowest === undefined) return [buys, sells];
  // The range, the buys from its end up, and the sells below its start.
  let [from, end, buyLots, sellLots] = [lowest, highest + 1, 0, 0];
  while (end - from > rangeCount) {
    let width = 2;
    while (width * rangeCount < end - from) width *= 2;
    const bought = lotsByRange(buySide, from, end, width);
    const sold = lotsByRange(sellSide, from, end, width);
    let range = bought.length - 1;
    // The buys from the range's start up, and the sells below it.
    let [above, below] = [
      buyLots + (bought[range] as number),
      sellLots + sum(sold) - (sold[range] as number),
    ];
    while (above < below) {
      range--;
      above += bought[range] as number;
      below -= sold[range] as number;
    }
    buyLots = above - (bought[range] as number);
    sellLots = below;
    end = Math.min(end, from + (range + 1) * width);
    from += range * width;
  }
  buys.takeBetter(end - 1, buyLots);
  sells.takeBetter(from, sellLots);
  buys.takeUpTo(sellLots);
  sells.takeUpTo(buyLots);
  return [buys, sells];
}

/**
 * The lots at the prices from one up to, but excluding, another, displayed or hidden, per range of `width`
 * ticks, a power of two. Levels are visited in storage order, so that each costs a few nanoseconds.
 */
function lotsByRange(side: BookSide, fromTicks: number, endTicks: number, width: number): Float64Array {
  const sums = new Float64Array(Math.ceil((endTicks - fromTicks) / width));
  const { ranks, totals, hiddens } = side.all;
  // Dividing by a power of two is as exact as multiplying by its inverse, and slower.
  const [length, ranges] = [endTicks - fromTicks, 1 / width];
  const [start, step] = [side.rankOf(fromTicks), side.rankOf(1) - side.rankOf(0)];
  for (let level = 0; level < ranks.length; level++) {
    const at = step * ((ranks[level] as number) - start);
    if (at < 0 || at >= length) continue;
    const range = Math.trunc(at * ranges);
    sums[range] = (sums[range] as number) + (totals[level] as number) + (hiddens[level] as number);
  }
  return sums;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

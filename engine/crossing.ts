import type { BookSide } from "./book/book-side.ts";
import { NONE } from "./book/integer-map.ts";

/** Into so many ranges the prices that cross are divided; fewer prices, or levels, are gone through one by one. */
export const RANGES = 4_096;

/** The lots of one side, level by level from the best price, displayed or hidden. */
export class LotsByLevel {
  readonly #side: BookSide;
  #level: number;
  /** The lots left at the level. */
  lots = 0;
  /** The lots taken so far. */
  takenLots = 0;
  /** The worst price at which anything was taken, if it was. */
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

  /** @param lots at most what is left at the level. */
  take(lots: number): void {
    this.lots -= lots;
    this.takenLots += lots;
    this.takenTicks = this.#side.priceTicks(this.#level);
    if (this.lots > 0) return;
    this.#level = this.#side.worse(this.#level);
    this.#fill();
  }

  /** Takes every level whose price is better than one. @param lots what they have, known before. */
  takeBetter(priceTicks: number, lots: number): void {
    const last = this.#side.betterThan(priceTicks);
    if (last === NONE) return;
    this.takenLots = lots;
    this.takenTicks = this.#side.priceTicks(last);
    this.#level = this.#side.worse(last);
    this.#fill();
  }

  /** Takes from level after level until so many lots were taken in all, which there are. */
  takeUpTo(lots: number): void {
    while (this.takenLots < lots) this.take(Math.min(this.lots, lots - this.takenLots));
  }

  #fill(): void {
    const level = this.#level;
    this.lots = level === NONE ? 0 : this.#side.levelLots(level) + this.#side.levelHiddenLots(level);
  }
}

/**
 * Both sides after what surely trades was taken, as much of each: what is left to be gone through is short.
 *
 * The buys at a price or above grow fewer as it rises, the sells below it more. So there is one range of prices at
 * whose start the buys are no fewer than the sells, and behind whose end they are: there they cross. All buys above
 * that range trade, since there are more sells below them, and all sells below it.
 *
 * @param rangeCount into how many ranges prices are divided, again and again, until they are no more than that.
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
    // What is bought from the range's start up, and sold below it.
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
 * The lots at the prices from one up to below another, displayed or hidden: of each range of `width` ticks, a power of two.
 * Levels are looked at in the order in which they are kept, so that each costs a few nanoseconds.
 */
function lotsByRange(side: BookSide, fromTicks: number, endTicks: number, width: number): Float64Array {
  const sums = new Float64Array(Math.ceil((endTicks - fromTicks) / width));
  const { ranks, totals, hiddens } = side.all;
  // A division by a power of two is as exact as a multiplication, and slower.
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

import type { VolatilityRule } from "../vocabulary/rules.ts";
import { basisPointsOf } from "../vocabulary/units.ts";

/** A trade's price, and the time that its slot ends with. */
export interface PricePoint {
  readonly timeMs: number;
  readonly priceTicks: number;
}

/** The trades that a window remembers. */
export interface SavedWindow {
  readonly lows: readonly PricePoint[];
  readonly highs: readonly PricePoint[];
}

/** A span has so many slots, and at least those of a millisecond: of each, one trade is remembered, until its end has left. */
const SLOTS_MAX = 1_000;

/**
 * The lowest and the highest price traded within a span of time, always at hand: two queues that hold of
 * the trades only those that no later one has beaten, and one of each slot at most.
 */
export class PriceWindow {
  readonly #rule: VolatilityRule;
  readonly #slotMs: number;
  #lows: PricePoint[] = [];
  #highs: PricePoint[] = [];

  constructor(rule: VolatilityRule) {
    this.#rule = rule;
    this.#slotMs = Math.ceil(rule.windowMs / SLOTS_MAX);
  }

  /** Lowest and highest price of the trades that are still within the span at a time. */
  range(timeMs: number): { low: number; high: number } | undefined {
    const isWithin = (point: PricePoint) => point.timeMs > timeMs - this.#rule.windowMs;
    const low = this.#lows.find(isWithin);
    const high = this.#highs.find(isWithin);
    return low && high && { low: low.priceTicks, high: high.priceTicks };
  }

  /** Whether a price is further from one of a range than the rule allows. */
  isBreach(low: number, high: number, priceTicks: number): boolean {
    const share = this.#rule.moveBasisPoints;
    return priceTicks - low > basisPointsOf(low, share) || high - priceTicks > basisPointsOf(high, share);
  }

  add(timeMs: number, priceTicks: number): void {
    const endMs = timeMs - (timeMs % this.#slotMs) + this.#slotMs - 1;
    const point = { timeMs: endMs, priceTicks };
    this.#drop(this.#lows, timeMs);
    this.#drop(this.#highs, timeMs);
    put(this.#lows, point, (old) => old.priceTicks >= priceTicks);
    put(this.#highs, point, (old) => old.priceTicks <= priceTicks);
  }

  clear(): void {
    this.#lows = [];
    this.#highs = [];
  }

  /** All that the window remembers at a time, to be put back by `load`. */
  save(timeMs: number): SavedWindow {
    this.#drop(this.#lows, timeMs);
    this.#drop(this.#highs, timeMs);
    return { lows: [...this.#lows], highs: [...this.#highs] };
  }
  load(saved: SavedWindow): void {
    this.#lows = [...saved.lows];
    this.#highs = [...saved.highs];
  }

  #drop(queue: PricePoint[], timeMs: number): void {
    while (queue[0] !== undefined && queue[0].timeMs <= timeMs - this.#rule.windowMs) queue.shift();
  }
}

/** Puts a point behind those it does not beat; of one slot, the first of the strongest is enough. */
function put(queue: PricePoint[], point: PricePoint, isBeaten: (old: PricePoint) => boolean): void {
  for (let last = queue.at(-1); last !== undefined && isBeaten(last); last = queue.at(-1)) queue.pop();
  if (queue.at(-1)?.timeMs !== point.timeMs) queue.push(point);
}

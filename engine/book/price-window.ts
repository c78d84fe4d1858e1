import type { VolatilityRule } from "../vocabulary/rules.ts";
import { basisPointsOf } from "../vocabulary/units.ts";

/** The price of a trade, and the end of its time slot. */
export interface PricePoint {
  readonly timeMs: number;
  readonly priceTicks: number;
}

/** The trades that a window remembers. */
export interface SavedWindow {
  readonly lows: readonly PricePoint[];
  readonly highs: readonly PricePoint[];
}

/**
 * A span has at most this many slots, each of at least a millisecond. A slot keeps one trade per queue until
 * its end leaves the span.
 */
const SLOTS_MAX = 1_000;

/**
 * The lowest and the highest traded price within a span of time, available at any moment. Two queues keep
 * only the trades that no later trade has beaten, and at most one per slot.
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

  /** The lowest and highest price of the trades within the span at a time. */
  range(timeMs: number): { low: number; high: number } | undefined {
    const isWithin = (point: PricePoint) => point.timeMs > timeMs - this.#rule.windowMs;
    const low = this.#lows.find(isWithin);
    const high = this.#highs.find(isWithin);
    return low && high && { low: low.priceTicks, high: high.priceTicks };
  }

  /** Whether a price is further from either end of a range than the rule allows. */
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

  /** What the window remembers at a time, for `load`. */
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

/** Appends a point and drops those it beats. Within a slot, the first of the strongest points is enough. */
function put(queue: PricePoint[], point: PricePoint, isBeaten: (old: PricePoint) => boolean): void {
  for (let last = queue.at(-1); last !== undefined && isBeaten(last); last = queue.at(-1)) queue.pop();
  if (queue.at(-1)?.timeMs !== point.timeMs) queue.push(point);
}

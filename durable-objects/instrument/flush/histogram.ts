import type { HistogramReading } from "../../calls/readings.ts";
/** A histogram as it is stored: how many values each bucket has of its own, and the sum of all values. */
export interface StoredHistogram {
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Counts values by size. Values and bounds are integers of one unit; the bounds rise. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Of each bucket alone; the last is for what is above all bounds. */
  #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = [...bounds.map(() => 0), 0];
  }

  add(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  get stored(): StoredHistogram {
    return { counts: this.#counts, sum: this.#sum };
  }

  /** Goes on from what was stored, unless that was counted in other buckets. */
  restore({ counts, sum }: StoredHistogram): void {
    if (counts.length !== this.#counts.length) return;
    this.#counts = [...counts];
    this.#sum = sum;
  }

  get reading(): HistogramReading {
    let count = 0;
    const counts = this.#counts.map((own) => (count += own));
    return { bounds: this.#bounds, counts: counts.slice(0, -1), count, sum: this.#sum };
  }
}

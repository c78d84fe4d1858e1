import type { HistogramReading } from "../../calls/readings.ts";
/** A stored histogram: the number of values in each bucket, and the sum of all values. */
export interface StoredHistogram {
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Counts values by size. Values and bounds are integers of one unit. The bounds increase. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** The count of each bucket alone. The last bucket is for values above all bounds. */
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

  /** Continues from stored counts, unless they have other buckets. */
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

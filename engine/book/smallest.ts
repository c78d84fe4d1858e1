/**
 * Keeps the smallest of any number of distinct values. Each value costs the same, in whatever order they
 * arrive: the values collect until there are twice as many as are kept, then the larger half is dropped.
 */
export class Smallest {
  readonly #count: number;
  readonly #values: Float64Array;
  #length = 0;
  /** A value that is not below this bound is not among the smallest. */
  #bound = Number.POSITIVE_INFINITY;

  /** @param count how many values are kept, 1 or more. */
  constructor(count: number) {
    this.#count = count;
    this.#values = new Float64Array(2 * count);
  }

  add(value: number): void {
    if (value >= this.#bound) return;
    this.#values[this.#length++] = value;
    if (this.#length === this.#values.length) this.#halve();
  }

  /** The kept values, the smallest first. */
  sorted(): Float64Array {
    return this.#values.slice(0, this.#length).sort().subarray(0, this.#count);
  }

  /** Moves the smallest to the front and drops the others: Hoare's selection. */
  #halve(): void {
    const values = this.#values;
    const last = this.#count - 1;
    for (let [low, high] = [0, values.length - 1]; low < high; ) {
      const pivot = medianOf(values, low, high);
      let [left, right] = [low, high];
      while (left <= right) {
        while ((values[left] as number) < pivot) left++;
        while ((values[right] as number) > pivot) right--;
        if (left > right) break;
        const moving = values[left] as number;
        values[left++] = values[right] as number;
        values[right--] = moving;
      }
      if (last <= right) high = right;
      else if (last >= left) low = left;
      else break;
    }
    this.#length = this.#count;
    this.#bound = values[last] as number;
  }
}

/** The middle one of the first, the middle and the last value. */
function medianOf(values: Float64Array, low: number, high: number): number {
  const [a, b, c] = [values[low], values[(low + high) >>> 1], values[high]] as [number, number, number];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

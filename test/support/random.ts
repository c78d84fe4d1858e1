/**
 * A seeded source of random numbers. The same seed gives the same numbers on every machine, so the seed alone
 * repeats a failing run. Each number is a hash of the seed and a counter: good enough for test cases, but not
 * for secrets.
 */
export class Random {
  readonly seed: number;
  readonly #start: number;
  #drawn = 0;

  /** @param seed a non-negative safe integer. */
  constructor(seed: number) {
    this.seed = seed;
    this.#start = mix((seed >>> 0) ^ mix(Math.floor(seed / 4294967296)));
  }

  /** An integer of 32 bits, 0 … 2^32 − 1. */
  bits32(): number {
    this.#drawn++;
    return mix(this.#start + Math.imul(this.#drawn, 0x9e3779b9));
  }

  /** An integer 0 … `bound` − 1. The bias of the remainder is far below what a test could notice. */
  below(bound: number): number {
    const high = this.bits32() & 0x1fffff;
    return (high * 4294967296 + this.bits32()) % bound;
  }

  /** An integer `minimum` … `maximum`, both included. */
  between(minimum: number, maximum: number): number {
    return minimum + this.below(maximum - minimum + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.bits32() < probability * 4294967296;
  }

  /** A positive integer up to `maximum`, with small and large magnitudes equally likely. */
  magnitude(maximum: number): number {
    const bits = this.between(0, Math.floor(Math.log2(maximum)));
    return Math.min(maximum, 2 ** bits + this.below(2 ** bits));
  }

  /** One of `choices`, all equally likely. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError("nothing to pick from");
    return choices[this.below(choices.length)] as T;
  }

  /** One of the keys of `weights`, with the probability of its weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    let left = (this.bits32() / 4294967296) * total;
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    throw new RangeError("no weight is positive");
  }
}

/** Spreads the bits of a 32-bit integer, so that neighbours have nothing in common. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

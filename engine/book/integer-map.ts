/** The result of `get` for a key that is not in the map. */
export const NONE = -1;

const EMPTY = 0;
const MULTIPLIER_LOW = 0x9e3779b1;
const MULTIPLIER_HIGH = 0x85ebca6b;

/**
 * A hash table from positive safe integers to non-negative 32-bit integers, in two flat arrays. It uses open
 * addressing with linear probing and is at most half full. A deletion shifts later entries back, so there are
 * no tombstones, and an old table stays as fast as a new one.
 */
export class IntegerMap {
  #keys: Float64Array;
  #values: Int32Array;
  #mask: number;
  #shift: number;
  #size = 0;

  /** @param capacity the initial number of entries, a power of two. */
  constructor(capacity = 64) {
    this.#keys = new Float64Array(capacity * 2);
    this.#values = new Int32Array(capacity * 2);
    this.#mask = capacity * 2 - 1;
    this.#shift = Math.clz32(this.#mask);
  }

  get size(): number {
    return this.#size;
  }

  /** The value of `key`, or NONE. It is also NONE for values that cannot be keys, such as zero. */
  get(key: number): number {
    const at = this.#find(key);
    // Zero marks an empty place. The check is therefore whether the place is taken, not whether its key
    // equals `key`.
    return this.#keys[at] === EMPTY ? NONE : (this.#values[at] as number);
  }

  /** Adds `key`, or replaces its value. */
  set(key: number, value: number): void {
    let at = this.#find(key);
    if (this.#keys[at] === EMPTY) {
      if ((this.#size + 1) * 2 > this.#mask) {
        this.#grow();
        at = this.#find(key);
      }
      this.#keys[at] = key;
      this.#size++;
    }
    this.#values[at] = value;
  }

  /** Removes `key`. Returns whether it was in the map. */
  delete(key: number): boolean {
    const keys = this.#keys;
    const mask = this.#mask;
    let hole = this.#find(key);
    if (keys[hole] === EMPTY) return false;
    let next = hole;
    for (;;) {
      next = (next + 1) & mask;
      const moving = keys[next] as number;
      if (moving === EMPTY) break;
      // An entry may move back into the hole unless its home lies after the hole.
      if (((next - this.#home(moving)) & mask) >= ((next - hole) & mask)) {
        keys[hole] = moving;
        this.#values[hole] = this.#values[next] as number;
        hole = next;
      }
    }
    keys[hole] = EMPTY;
    this.#size--;
    return true;
  }

  #home(key: number): number {
    const high = Math.imul((key / 4294967296) | 0, MULTIPLIER_HIGH);
    return Math.imul((key >>> 0) ^ high, MULTIPLIER_LOW) >>> this.#shift;
  }

  /** The place of `key`, or the empty place where it belongs. */
  #find(key: number): number {
    const keys = this.#keys;
    const mask = this.#mask;
    let at = this.#home(key);
    for (;;) {
      const found = keys[at];
      if (found === key || found === EMPTY) return at;
      at = (at + 1) & mask;
    }
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Float64Array(keys.length * 2);
    this.#values = new Int32Array(keys.length * 2);
    this.#mask = keys.length * 2 - 1;
    this.#shift = Math.clz32(this.#mask);
    for (let from = 0; from < keys.length; from++) {
      const key = keys[from] as number;
      if (key === EMPTY) continue;
      const at = this.#find(key);
      this.#keys[at] = key;
      this.#values[at] = values[from] as number;
    }
  }
}

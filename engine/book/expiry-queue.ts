/** An order that expires at a time. */
export interface Expiry {
  readonly timeMs: number;
  readonly orderNumber: number;
}

/** Below this number of entries, removing dead ones is not worth it. */
const COMPACT_FROM = 64;

/**
 * Orders by expiry time, then by number: a binary heap. The entry of an order that ended stays until it
 * reaches the front, or until dead entries are half of the heap. Ending an order therefore costs nothing
 * here.
 */
export class ExpiryQueue {
  readonly #isLive: (entry: Expiry) => boolean;
  #heap: Expiry[] = [];
  #compactAt = COMPACT_FROM;

  /** @param isLive whether an entry still represents an open order. */
  constructor(isLive: (entry: Expiry) => boolean) {
    this.#isLive = isLive;
  }

  /** Adds an entry. A duplicate is harmless. */
  add(timeMs: number, orderNumber: number): void {
    if (this.#heap.length >= this.#compactAt) this.#compact();
    const entry = { timeMs, orderNumber };
    let at = this.#heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, this.#at(parent))) break;
      this.#heap[at] = this.#at(parent);
      at = parent;
    }
    this.#heap[at] = entry;
  }

  /** The first entry to expire, which is not removed. */
  get first(): Expiry | undefined {
    for (;;) {
      const entry = this.#heap[0];
      if (entry === undefined || this.#isLive(entry)) return entry;
      this.#dropFirst();
    }
  }

  #dropFirst(): void {
    const moving = this.#heap.pop() as Expiry;
    const length = this.#heap.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(this.#at(child + 1), this.#at(child))) child++;
      if (!isBefore(this.#at(child), moving)) break;
      this.#heap[at] = this.#at(child);
      at = child;
    }
    this.#heap[at] = moving;
  }

  /** Keeps only live entries. A sorted array is a valid heap. */
  #compact(): void {
    this.#heap = this.#heap.filter(this.#isLive).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#compactAt = Math.max(COMPACT_FROM, this.#heap.length * 2);
  }

  #at(index: number): Expiry {
    return this.#heap[index] as Expiry;
  }
}

function isBefore(a: Expiry, b: Expiry): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.orderNumber < b.orderNumber);
}

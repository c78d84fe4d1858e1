/** The most time counted between two readings. A longer interval may come from a clock that was set. */
const PASSED_MS_MAX = 2_000;

/**
 * Time that only passes, in milliseconds since this was made. A clock that is set, back or forth, changes it by
 * two seconds at most. Unlike an object's `Clock` it needs no query.
 */
export class Elapsed {
  readonly #clock: () => number;
  #lastMs: number;
  #ms = 0;

  /** @param clock the platform's clock. */
  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
    this.#lastMs = clock();
  }

  get ms(): number {
    const nowMs = this.#clock();
    this.#ms += Math.min(PASSED_MS_MAX, Math.max(0, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    return this.#ms;
  }
}

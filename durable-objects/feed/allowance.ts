/** The characters of snapshots that a connection may request at once, */
const BURST = 32 * 1024 * 1024;
/** and per second in the long run. */
const A_SECOND = 1024 * 1024;

/**
 * Bounds the snapshots that a connection may request. A single snapshot may exceed the bound. The next one
 * must then wait until the excess is made up for.
 */
export class Allowance {
  #left = BURST;
  #atMs: number | undefined;

  spend(characters: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#left -= characters;
  }

  /** The seconds until another snapshot is allowed; 0 if it is allowed now. */
  retrySeconds(nowMs: number): number {
    this.#refill(nowMs);
    return this.#left > 0 ? 0 : Math.ceil((1 - this.#left) / A_SECOND);
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#left = Math.min(BURST, this.#left + (elapsedMs * A_SECOND) / 1_000);
    this.#atMs = nowMs;
  }
}

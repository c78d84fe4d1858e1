/** So many characters of beginnings may be asked for at once, */
const BURST = 32 * 1024 * 1024;
/** and so many a second in the long run. */
const A_SECOND = 1024 * 1024;

/**
 * How much a connection may ask for by beginning channels. One beginning may be longer than all that: then
 * the next comes when it is made up for.
 */
export class Allowance {
  #left = BURST;
  #atMs: number | undefined;

  spend(characters: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#left -= characters;
  }

  /** In how many seconds there may be another beginning; 0 for now. */
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

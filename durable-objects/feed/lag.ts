/** So many characters may be on their way to who reads; beyond them a subscriber counts as slow. */
const LAG_MAX = 1024 * 1024;
/** The same of one that named no channel: it may not know how to tell that it reads. */
const PLAIN_LAG_MAX = 8 * LAG_MAX;
/** One message may be longer than that, and reading it takes a moment: only who stays behind is slow. */
const GRACE_MS = 1_000;
/** With so much on its way nobody has that moment. */
const BURST_MAX = 16 * LAG_MAX;

/**
 * How much of what was sent to a subscriber is still on its way. Sockets do not say, so the subscriber does,
 * by `ack`, or by the text "ping", which its socket answers on its own and remembers.
 */
export class Lag {
  readonly #max: number;
  #characters = 0;
  /** The longest text of those that begin a channel: a book may be longer than any lag. */
  #allowance = 0;
  #overSinceMs: number | undefined;
  #pingedAtMs = 0;

  /** @param isPlain whether the subscriber has named no channel. */
  constructor(isPlain: boolean) {
    this.#max = isPlain ? PLAIN_LAG_MAX : LAG_MAX;
  }

  sent(characters: number): void {
    this.#characters += characters;
  }

  /** What begins a channel may be however long it is. */
  allow(characters: number): void {
    this.#allowance = Math.max(this.#allowance, characters);
  }

  /** Takes note of what the subscriber has received. @returns whether it has read nearly all. */
  acknowledge(characters: number): boolean {
    this.#characters = Math.max(0, this.#characters - characters);
    if (this.#characters > LAG_MAX / 4) return false;
    this.#allowance = 0;
    return true;
  }

  /**
   * Whether too much is on its way, and whether it has been for longer than reading it takes.
   * @param pingedAtMs when the last "ping" was answered.
   */
  judge(nowMs: number, pingedAtMs: () => number): "fine" | "behind" | "slow" {
    if (this.#unforeseen > this.#max) {
      const pinged = pingedAtMs();
      if (pinged > this.#pingedAtMs) {
        this.#pingedAtMs = pinged;
        this.#characters = 0;
      }
    }
    if (this.#unforeseen <= this.#max) {
      this.#overSinceMs = undefined;
      return "fine";
    }
    this.#overSinceMs ??= nowMs;
    return this.#unforeseen > BURST_MAX || nowMs - this.#overSinceMs >= GRACE_MS ? "slow" : "behind";
  }

  /** How much is on its way beyond what the beginnings take. */
  get #unforeseen(): number {
    return this.#characters - this.#allowance;
  }
}

/** So many characters may be on their way to who reads; beyond them a subscriber counts as slow. */
const LAG_MAX = 1024 * 1024;
/** The same of one that named no channel: it may not know how to tell that it reads. */
const PLAIN_LAG_MAX = 8 * LAG_MAX;
/** One message may be longer than that, and reading it takes a moment: only who stays behind is slow. */
const GRACE_MS = 1_000;
/** With so much on its way nobody has that moment. */
const BURST_MAX = 16 * LAG_MAX;
/** Who has no more than this to read has read nearly all. */
const REST_MAX = LAG_MAX / 4;

/**
 * How much of what was sent to a subscriber is still on its way. Sockets do not say, so the subscriber does,
 * by `ack`, or by the text "ping", which its socket answers on its own and remembers.
 */
export class Lag {
  readonly #max: number;
  /** In characters since the beginning, as are the three that follow. */
  #sent = 0;
  #acknowledged = 0;
  /** What was sent before the last "ping". */
  #pinged = 0;
  #sentAtLook = 0;
  #pingedAtMs = 0;
  /** The longest beginning of each channel that was begun: a book may be longer than any lag. */
  readonly #beginnings = new Map<string, number>();
  /** Their sum. */
  #allowance = 0;
  #overSinceMs: number | undefined;

  /** @param isPlain whether the subscriber has named no channel. */
  constructor(isPlain: boolean) {
    this.#max = isPlain ? PLAIN_LAG_MAX : LAG_MAX;
  }

  /** So much is still on its way. */
  get characters(): number {
    return this.#sent - Math.max(this.#acknowledged, this.#pinged);
  }

  /** Whether nearly all was read. */
  get isRead(): boolean {
    return this.characters <= REST_MAX;
  }

  sent(characters: number): void {
    this.#sent += characters;
  }

  /** What begins a channel may be however long it is; beginning it again and again does not add up. */
  allow(channel: string, characters: number): void {
    const more = Math.max(0, characters - (this.#beginnings.get(channel) ?? 0));
    if (more > 0) this.#beginnings.set(channel, characters);
    this.#allowance += more;
  }

  /** Takes note of what the subscriber has received; more than was sent is no credit for what will be. */
  acknowledge(characters: number): void {
    this.#acknowledged = Math.min(this.#sent, this.#acknowledged + characters);
  }

  /**
   * Whether too much is on its way, and whether it has been for longer than reading it takes.
   * @param pingedAtMs when the last "ping" was answered.
   */
  judge(nowMs: number, pingedAtMs: () => number): "fine" | "behind" | "slow" {
    if (!this.isRead) this.#look(pingedAtMs());
    if (this.isRead) this.#disallow();
    const unforeseen = this.characters - this.#allowance;
    if (unforeseen <= this.#max) {
      this.#overSinceMs = undefined;
      return "fine";
    }
    this.#overSinceMs ??= nowMs;
    return unforeseen > BURST_MAX || nowMs - this.#overSinceMs >= GRACE_MS ? "slow" : "behind";
  }

  #disallow(): void {
    this.#beginnings.clear();
    this.#allowance = 0;
  }

  /**
   * A "ping" that came after the last look tells that what was sent up to then is read, and nothing of later.
   * Its time is the host's, which may be set back: only that it has changed tells.
   */
  #look(pingedAtMs: number): void {
    if (pingedAtMs !== this.#pingedAtMs) this.#pinged = this.#sentAtLook;
    this.#sentAtLook = this.#sent;
    this.#pingedAtMs = pingedAtMs;
  }
}

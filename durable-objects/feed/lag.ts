/** The characters that may be in flight to a subscriber. Beyond them it counts as behind. */
const LAG_MAX = 1024 * 1024;
/** The same for a subscriber that named no channels, which may not know how to acknowledge. */
const PLAIN_LAG_MAX = 8 * LAG_MAX;
/**
 * A single message may be longer than that, and reading it takes a moment. A subscriber is slow only if it
 * stays behind for this long.
 */
const GRACE_MS = 1_000;
/** With this many characters in flight, it is slow at once. */
const BURST_MAX = 16 * LAG_MAX;
/** A subscriber with no more than this in flight has read nearly everything. */
const REST_MAX = LAG_MAX / 4;

/**
 * How much of what was sent to a subscriber is still in flight. Sockets do not report this. Subscribers do,
 * by `ack`, or by the text "ping", which the socket answers on its own and whose time it records.
 */
export class Lag {
  readonly #max: number;
  /** In characters since the beginning, like the three fields below. */
  #sent = 0;
  #acknowledged = 0;
  /** What was sent before the last "ping". */
  #pinged = 0;
  #sentAtLook = 0;
  #pingedAtMs = 0;
  /** The longest snapshot of each channel that was begun. A book may exceed any bound on the lag. */
  readonly #beginnings = new Map<string, number>();
  /** The sum of these snapshots. */
  #allowance = 0;
  #overSinceMs: number | undefined;

  /** @param isPlain whether the subscriber named no channels. */
  constructor(isPlain: boolean) {
    this.#max = isPlain ? PLAIN_LAG_MAX : LAG_MAX;
  }

  /** The characters in flight. */
  get characters(): number {
    return this.#sent - Math.max(this.#acknowledged, this.#pinged);
  }

  /** Whether nearly everything was read. */
  get isRead(): boolean {
    return this.characters <= REST_MAX;
  }

  sent(characters: number): void {
    this.#sent += characters;
  }

  /** Allows a snapshot of any length. Repeated snapshots of a channel do not add up. */
  allow(channel: string, characters: number): void {
    const more = Math.max(0, characters - (this.#beginnings.get(channel) ?? 0));
    if (more > 0) this.#beginnings.set(channel, characters);
    this.#allowance += more;
  }

  /** Records what the subscriber has received. Acknowledging more than was sent gives no credit. */
  acknowledge(characters: number): void {
    this.#acknowledged = Math.min(this.#sent, this.#acknowledged + characters);
  }

  /**
   * Classifies the subscriber by the characters in flight and by how long there have been too many.
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
   * A "ping" after the last check proves that everything sent before that check was read. Its time is the
   * host's, which may be set back, so only a change of it counts.
   */
  #look(pingedAtMs: number): void {
    if (pingedAtMs !== this.#pingedAtMs) this.#pinged = this.#sentAtLook;
    this.#sentAtLook = this.#sent;
    this.#pingedAtMs = pingedAtMs;
  }
}

import { Allowance } from "./allowance.ts";
import { type Attachment, type Pause, writeAttachment } from "./attachment.ts";
import { lengthOf } from "./beginning.ts";
import { Lag } from "./lag.ts";

/** A subscriber that is slow again within this time is disconnected. */
const SECOND_CHANCE_MS = 60_000;
/** The time that a slow subscriber has to read what is in flight. */
const CATCH_UP_MS_MAX = 10_000;

/** The characters of answers that a paused subscriber gets. */
const ANSWERS_MAX = 1024 * 1024;

/** The action for a subscriber. One that is only behind is checked again. */
export type LagVerdict = "fine" | "behind" | "resync" | "caught_up" | "too_slow";

/** One subscriber. */
export class Session {
  readonly socket: WebSocket;
  /** Requests are processed and answered in order. These promises settle with the last of each. */
  inbox: Promise<void> = Promise.resolve();
  tail: Promise<void> = Promise.resolve();
  readonly #lag: Lag;
  readonly #beginnings = new Allowance();
  #attachment: Attachment;
  #resyncedAtMs = Number.NEGATIVE_INFINITY;

  constructor(socket: WebSocket, attachment: Attachment) {
    this.socket = socket;
    this.#attachment = attachment;
    this.#lag = new Lag(attachment.topics === null);
    this.#goOn(attachment.pause);
  }

  /** Resumes a pause that was in progress when memory was lost. */
  #goOn(pause: Pause | undefined): void {
    if (pause === undefined) return;
    this.#lag.sent(pause.lag);
    this.#resyncedAtMs = pause.sinceMs;
  }

  get attachment(): Attachment {
    return this.#attachment;
  }

  /** Survives hibernation. */
  set attachment(attachment: Attachment) {
    this.#attachment = attachment;
    writeAttachment(this.socket, attachment);
  }

  get topics(): readonly string[] {
    return this.#attachment.topics ?? [];
  }

  /** Sends an answer, even while the subscriber is paused. */
  reply(text: string): void {
    this.#send(text);
  }

  /** Sends a text, unless the subscriber is paused. */
  send(text: string): void {
    if (!this.isPaused) this.#send(text);
  }

  /**
   * Sends the beginning of a channel, of any length, unless the subscriber is paused.
   * @param before the characters of it that were sent in earlier turns.
   * @returns the characters sent so far.
   */
  begin(channel: string, texts: readonly string[], nowMs: number, before = 0): number {
    if (this.isPaused) return before;
    const length = lengthOf(texts);
    this.#lag.allow(channel, before + length);
    this.#beginnings.spend(length, nowMs);
    for (const text of texts) this.#send(text);
    return before + length;
  }

  /** The seconds until it may begin channels; 0 if it may now. */
  beginSeconds(nowMs: number): number {
    return this.#beginnings.retrySeconds(nowMs);
  }

  /** Records the subscriber's acknowledgment. */
  acknowledge(characters: number): void {
    this.#lag.acknowledge(characters);
    const { pause } = this.#attachment;
    if (pause !== undefined) this.pause(pause.sinceMs);
  }

  /**
   * Checks how far behind the subscriber is. A pause ends once the subscriber has caught up.
   * @param pingedAtMs when its last "ping" was answered.
   */
  judge(nowMs: number, pingedAtMs: () => number): LagVerdict {
    const verdict = this.#lag.judge(nowMs, pingedAtMs);
    const { pause } = this.#attachment;
    if (pause !== undefined) return this.#judgePaused(nowMs, pause);
    if (verdict !== "slow") return verdict;
    if (this.#attachment.topics === null || nowMs - this.#resyncedAtMs < SECOND_CHANCE_MS) return "too_slow";
    this.#resyncedAtMs = nowMs;
    return "resync";
  }

  #judgePaused(nowMs: number, { sinceMs, lag }: Pause): LagVerdict {
    if (this.#lag.isRead) {
      this.attachment = { ...this.#attachment, pause: undefined };
      return "caught_up";
    }
    const isTooLate = nowMs - sinceMs > CATCH_UP_MS_MAX || this.#lag.characters > lag + ANSWERS_MAX;
    return isTooLate ? "too_slow" : "behind";
  }

  /** Sends nothing until the subscriber has read what is in flight. */
  pause(sinceMs: number): void {
    this.attachment = { ...this.#attachment, pause: { sinceMs, lag: this.#lag.characters } };
  }

  /** Whether the subscriber is paused. */
  get isPaused(): boolean {
    return this.#attachment.pause !== undefined;
  }

  #send(text: string): void {
    // A socket that is closing rejects a send. Its close event removes it.
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(text);
    this.#lag.sent(text.length);
  }
}

import { Allowance } from "./allowance.ts";
import { type Attachment, type Pause, writeAttachment } from "./attachment.ts";
import { lengthOf } from "./beginning.ts";
import { Lag } from "./lag.ts";

/** Who is slow again so soon is sent away. */
const SECOND_CHANCE_MS = 60_000;
/** How long a slow subscriber has to read what is on its way. */
const CATCH_UP_MS_MAX = 10_000;

/** Who is to catch up is answered so much, in characters, and no more. */
const ANSWERS_MAX = 1024 * 1024;

/** What is to be done about how far behind a subscriber is; who is just behind is to be looked at again. */
export type LagVerdict = "fine" | "behind" | "resync" | "caught_up" | "too_slow";

/** One subscriber. */
export class Session {
  readonly socket: WebSocket;
  /** Requests are handed in and answered in order: these settle with the last of each. */
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

  /** Takes up a pause that was on when the memory was lost. */
  #goOn(pause: Pause | undefined): void {
    if (pause === undefined) return;
    this.#lag.sent(pause.lag);
    this.#resyncedAtMs = pause.sinceMs;
  }

  get attachment(): Attachment {
    return this.#attachment;
  }

  /** Kept through hibernation. */
  set attachment(attachment: Attachment) {
    this.#attachment = attachment;
    writeAttachment(this.socket, attachment);
  }

  get topics(): readonly string[] {
    return this.#attachment.topics ?? [];
  }

  /** Sends an answer, also while the subscriber is to catch up. */
  reply(text: string): void {
    this.#send(text);
  }

  /** Sends a text; not while the subscriber is to catch up. */
  send(text: string): void {
    if (!this.isPaused) this.#send(text);
  }

  /**
   * Sends what begins a channel, however long it is; not while the subscriber is to catch up.
   * @param before how many characters of it were sent in turns before.
   * @returns how many are sent by now.
   */
  begin(channel: string, texts: readonly string[], nowMs: number, before = 0): number {
    if (this.isPaused) return before;
    const length = lengthOf(texts);
    this.#lag.allow(channel, before + length);
    this.#beginnings.spend(length, nowMs);
    for (const text of texts) this.#send(text);
    return before + length;
  }

  /** In how many seconds it may begin channels; 0 for now. */
  beginSeconds(nowMs: number): number {
    return this.#beginnings.retrySeconds(nowMs);
  }

  /** Takes note of what the subscriber has received. */
  acknowledge(characters: number): void {
    this.#lag.acknowledge(characters);
    const { pause } = this.#attachment;
    if (pause !== undefined) this.pause(pause.sinceMs);
  }

  /**
   * Judges how far behind the subscriber is. Who has caught up is sent to again.
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

  /** Sends nothing more until the subscriber has read what is on its way. */
  pause(sinceMs: number): void {
    this.attachment = { ...this.#attachment, pause: { sinceMs, lag: this.#lag.characters } };
  }

  /** Whether the subscriber is to catch up. */
  get isPaused(): boolean {
    return this.#attachment.pause !== undefined;
  }

  #send(text: string): void {
    // A socket that closes just now refuses to send; its close event takes it away.
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(text);
    this.#lag.sent(text.length);
  }
}

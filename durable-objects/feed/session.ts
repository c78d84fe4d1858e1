/** What is kept with a socket through hibernation. */
export interface Attachment {
  /** Messages that could not be read. */
  readonly faults: number;
  /** What it follows; null for a connection that named nothing, and gets everything. */
  readonly topics: readonly string[] | null;
  /** The instrument that a request means where it names none, if there are several. */
  readonly home: string | null;
  /** Whose the connection is; null of a public one. */
  readonly clientId: string | null;
  /** Whether the client's open orders end with the connection. */
  readonly cancelsOnDisconnect: boolean;
}

/** So many characters may be on their way to who reads; beyond them a subscriber counts as slow. */
const LAG_MAX = 1024 * 1024;
/** The same of one that named no channel: it may not know how to tell that it reads. */
const PLAIN_LAG_MAX = 8 * LAG_MAX;
/** Who is slow again so soon is sent away. */
const SECOND_CHANCE_MS = 60_000;
/** How long a slow subscriber has to read what is on its way. */
const CATCH_UP_MS_MAX = 10_000;

/** What is to be done about how far behind a subscriber is. */
export type LagVerdict = "fine" | "resync" | "too_slow";

/**
 * One subscriber. Sockets do not say how much of what was sent is still on its way, so the subscriber does,
 * by `ack`, or by the text "ping", which its socket answers on its own and remembers.
 */
export class Session {
  readonly socket: WebSocket;
  /** Requests are handed in and answered in order: these settle with the last of each. */
  inbox: Promise<void> = Promise.resolve();
  tail: Promise<void> = Promise.resolve();
  #attachment: Attachment;
  #lag = 0;
  /** The longest text of those that begin a channel: a book may be longer than any lag. */
  #allowance = 0;
  #pausedAtMs: number | undefined;
  #resyncedAtMs = Number.NEGATIVE_INFINITY;
  #pingedAtMs = 0;

  constructor(socket: WebSocket, attachment: Attachment) {
    this.socket = socket;
    this.#attachment = attachment;
  }

  get attachment(): Attachment {
    return this.#attachment;
  }

  /** Kept through hibernation. */
  set attachment(attachment: Attachment) {
    this.#attachment = attachment;
    this.socket.serializeAttachment(attachment);
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
    if (this.#pausedAtMs === undefined) this.#send(text);
  }

  /** Sends what begins a channel, however long it is. */
  begin(texts: readonly string[]): void {
    if (this.#pausedAtMs !== undefined) return;
    this.#allowance = Math.max(
      this.#allowance,
      texts.reduce((sum, text) => sum + text.length, 0),
    );
    for (const text of texts) this.#send(text);
  }

  /** Takes note of what the subscriber has received. @returns whether it has caught up, and goes on. */
  acknowledge(characters: number): boolean {
    this.#lag = Math.max(0, this.#lag - characters);
    if (this.#lag > LAG_MAX / 4) return false;
    this.#allowance = 0;
    const wasPaused = this.#pausedAtMs !== undefined;
    this.#pausedAtMs = undefined;
    return wasPaused;
  }

  /**
   * Judges how far behind the subscriber is.
   * @param pingedAtMs when its last "ping" was answered.
   */
  judge(nowMs: number, pingedAtMs: () => number): LagVerdict {
    if (this.#pausedAtMs !== undefined)
      return nowMs - this.#pausedAtMs > CATCH_UP_MS_MAX ? "too_slow" : "fine";
    const lagMax = this.#attachment.topics === null ? PLAIN_LAG_MAX : LAG_MAX;
    if (this.#lag <= lagMax + this.#allowance) return "fine";
    const pinged = pingedAtMs();
    if (pinged > this.#pingedAtMs) {
      this.#pingedAtMs = pinged;
      this.#lag = 0;
      return "fine";
    }
    if (this.#attachment.topics === null || nowMs - this.#resyncedAtMs < SECOND_CHANCE_MS) return "too_slow";
    this.#resyncedAtMs = nowMs;
    return "resync";
  }

  /** Sends nothing more until the subscriber has read what is on its way. */
  pause(nowMs: number): void {
    this.#pausedAtMs = nowMs;
  }

  #send(text: string): void {
    // A socket that closes just now refuses to send; its close event takes it away.
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(text);
    this.#lag += text.length;
  }
}

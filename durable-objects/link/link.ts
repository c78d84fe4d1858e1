import { Refusal } from "../../protocol/refusal.ts";
import { log } from "../runtime/log.ts";
import { type ArrivedAnswer, type CallText, framesOf, OTHER_VERSION, readAnswerLine } from "./frames.ts";
import { connectInTime, type LinkHost, type LinkSocket, NORMAL } from "./link-host.ts";

/** The most calls of a link that may wait for their answers. One more is refused before it is sent. */
export const CALLS_MAX = 8_192;
/** A call that has not begun within this time is refused, and has no effect. */
export const CALL_MS_MAX = 10_000;
const RETRY_MS_MIN = 20;
const RETRY_MS_MAX = 2_000;
const PROTOCOL_ERROR = 1002;

interface Waiting {
  readonly text: CallText;
  readonly sinceMs: number;
  readonly resolve: (text: string) => void;
  readonly reject: (error: unknown) => void;
}

/** What happened on a link, for the host's metrics. */
export interface LinkCounts {
  readonly calls: number;
  readonly frames: number;
  /** Connections after the first. */
  readonly reconnects: number;
}

/**
 * The near end of a link to an instrument's object: one WebSocket for the calls of many requests. All calls of
 * a turn share a message. The link opens with the first call, and after it has broken it opens again by
 * itself. The calls that were sent and not answered then fail with an unknown outcome. Those that were not
 * sent wait for the next attempt, and are refused if it fails.
 */
export class Link {
  readonly #name: string;
  readonly #host: LinkHost;
  readonly #sent = new Map<number, Waiting>();
  #unsent: Waiting[] = [];
  #socket: LinkSocket | undefined;
  #isOpening = false;
  #isSendDue = false;
  #isClosed = false;
  /** Whether there was an answer since a connection last ended. */
  #hasServed = true;
  /** Attempts in vain since the last answer. */
  #failures = 0;
  #number = 0;
  #counts = { calls: 0, frames: 0, reconnects: -1 };

  /** @param name the instrument's name, for the log. */
  constructor(name: string, host: LinkHost) {
    this.#name = name;
    this.#host = host;
  }

  /** The number of calls without an answer. */
  get depth(): number {
    return this.#sent.size + this.#unsent.length;
  }

  /** The number of calls that were sent and have no answer. */
  get underWay(): number {
    return this.#sent.size;
  }

  get counts(): LinkCounts {
    return { ...this.#counts, reconnects: Math.max(0, this.#counts.reconnects) };
  }

  /**
   * Makes a call, and returns the text of its answer.
   * @throws Refusal `overloaded` if the call was not made; any other error if its outcome is unknown.
   */
  call(text: CallText): Promise<string> {
    if (this.depth >= CALLS_MAX) return Promise.reject(notMade("too many calls wait for an answer"));
    if (this.#isClosed) return Promise.reject(notMade("this process is about to end"));
    return new Promise((resolve, reject) => {
      this.#unsent.push({ text, resolve, reject, sinceMs: this.#host.nowMs() });
      if (this.#socket === undefined) void this.#open();
      else this.#sendSoon();
    });
  }

  /** Opens the link before it is needed. */
  async open(): Promise<void> {
    if (this.#socket === undefined) await this.#open();
  }

  /** Closes the link. Calls without an answer fail. */
  close(): void {
    this.#isClosed = true;
    this.#socket?.close(NORMAL, "the link is not needed any more");
    this.#refuseUnsent("this process is about to end");
  }

  #sendSoon(): void {
    if (this.#isSendDue) return;
    this.#isSendDue = true;
    this.#host.soon(() => {
      this.#isSendDue = false;
      this.#send();
    });
  }

  #send(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const nowMs = this.#host.nowMs();
    const calls = this.#unsent.filter((call) => nowMs - call.sinceMs < CALL_MS_MAX);
    const late = this.#unsent.filter((call) => nowMs - call.sinceMs >= CALL_MS_MAX);
    this.#unsent = [];
    for (const { reject } of late) reject(notMade("the request waited too long"));
    const [oldest] = calls;
    if (oldest === undefined) return;
    const lines = calls.map((call) => {
      const number = ++this.#number;
      this.#sent.set(number, call);
      return `${number}\t${call.text}`;
    });
    const leftMs = CALL_MS_MAX - Math.floor(nowMs - oldest.sinceMs);
    for (const frame of framesOf(lines, String(leftMs))) {
      socket.send(frame);
      this.#counts.frames++;
    }
    this.#counts.calls += calls.length;
  }

  /** Connects, again and again if that fails. */
  async #open(): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      while (this.#socket === undefined && !this.#isClosed) {
        if (this.#failures > 0) await this.#host.wait(this.#delayMs());
        await this.#tryToConnect();
      }
    } finally {
      this.#isOpening = false;
    }
  }

  async #tryToConnect(): Promise<void> {
    try {
      const socket = await connectInTime(this.#host, CALL_MS_MAX, () => !this.#isClosed);
      socket.addEventListener("message", ({ data }) => this.#receive(socket, String(data)));
      socket.addEventListener("close", ({ code }) => this.#end(socket, code));
      // A close event follows.
      socket.addEventListener("error", () => {});
      this.#socket = socket;
      this.#counts.reconnects++;
      this.#send();
    } catch (error) {
      if (this.#isClosed) return;
      this.#failures++;
      log("warn", "link_not_open", { instrument: this.#name, error: String(error) });
      this.#refuseUnsent("the instrument cannot be reached");
    }
  }

  /** The delay before a repeated attempt: twice as long each time, and random, so that not all come at once. */
  #delayMs(): number {
    const longestMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures);
    return longestMs * (0.5 + this.#host.random() / 2);
  }

  #receive(socket: LinkSocket, frame: string): void {
    this.#hasServed = true;
    this.#failures = 0;
    try {
      for (const line of frame.split("\n")) this.#settle(readAnswerLine(line));
    } catch (error) {
      // The peer is one of the venue's own objects, so this is a fault of the venue.
      log("error", "link_frame_wrong", { instrument: this.#name, error: String(error) });
      socket.close(PROTOCOL_ERROR, "the frame cannot be read");
      this.#end(socket, PROTOCOL_ERROR);
    }
  }

  #settle({ number, isFailed, text }: ArrivedAnswer): void {
    const call = this.#sent.get(number);
    if (call === undefined) return;
    this.#sent.delete(number);
    if (isFailed) call.reject(new Error(text));
    else call.resolve(text);
  }

  #end(socket: LinkSocket, code: number): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (code === OTHER_VERSION) log("error", "link_version", { instrument: this.#name });
    else if (!this.#isClosed) log("warn", "link_broken", { instrument: this.#name, code });
    // An object that ends one connection after another is not asked again and again.
    if (!this.#hasServed) this.#failures++;
    this.#hasServed = false;
    const lost = [...this.#sent.values()];
    this.#sent.clear();
    for (const { reject } of lost) reject(lossOf(code));
    if (!this.#isClosed) void this.#open();
  }

  #refuseUnsent(reason: string): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const { reject } of unsent) reject(notMade(reason));
  }
}

/** The error of a call that was sent and not answered. An object of another version carries out none. */
function lossOf(code: number): Error {
  if (code === OTHER_VERSION) return notMade("the instrument has another version");
  return new Error("the link to the instrument broke");
}

function notMade(reason: string): Refusal {
  return new Refusal({ code: "overloaded", detail: `${reason}; nothing happened` });
}

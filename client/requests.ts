import type { AnswerMessage } from "../protocol/feed/feed-message.ts";
import type { Answered } from "./calls.ts";

/** A request that was sent and has no answer. The venue may or may not have carried it out. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
}

interface Pending {
  readonly message: object;
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: Error) => void;
  isSent: boolean;
}

/** Requests that wait for a connection or for their answer, each for a bounded time. */
export class Requests {
  readonly #send: (message: object) => boolean;
  readonly #msMax: number;
  readonly #pending = new Map<string, Pending>();
  #count = 0;
  /** Why the last attempt to connect failed. */
  failure: Error | undefined;

  /** @param send sends a message if there is a connection, and returns whether it did. */
  constructor(send: (message: object) => boolean, msMax: number) {
    this.#send = send;
    this.#msMax = msMax;
  }

  /** Sends a request as soon as there is a connection. @throws OutcomeUnknown, or an Error if nothing was sent. */
  async ask(request: object): Promise<Answered> {
    const requestId = String(++this.#count);
    const timer = setTimeout(() => this.#fail(requestId, "no answer arrived in time"), this.#msMax);
    try {
      return await new Promise((resolve, reject) => {
        const message = { ...request, request_id: requestId };
        this.#pending.set(requestId, { message, resolve, reject, isSent: this.#send(message) });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends the requests that waited for a connection. */
  sendWaiting(): void {
    for (const pending of this.#pending.values()) pending.isSent ||= this.#send(pending.message);
  }

  take({ request_id, status, is_replay, body }: AnswerMessage): void {
    const pending = this.#pending.get(request_id ?? "");
    this.#pending.delete(request_id ?? "");
    pending?.resolve({ status, isReplay: is_replay === true, body });
  }

  /** Handles the end of a connection. Requests that were not sent wait for the next one. */
  lose(): void {
    for (const [requestId, { isSent }] of this.#pending)
      if (isSent) this.#fail(requestId, "the connection ended");
  }

  /** Fails all pending requests: there will be no further connection. */
  end(error: Error): void {
    this.lose();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #fail(requestId: string, why: string): void {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    pending?.reject(pending.isSent ? new OutcomeUnknown(why) : this.#unsent(why));
  }

  #unsent(why: string): Error {
    const reason = this.failure === undefined ? "" : ` (${this.failure.message})`;
    return new Error(`${why}: nothing was sent${reason}`, { cause: this.failure });
  }
}

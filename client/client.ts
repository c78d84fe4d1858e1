import type { Channel } from "../protocol/feed-channel.ts";
import type { AnswerMessage, ChannelMessage, ResyncMessage } from "../protocol/feed-message.ts";
import { type Listener, Subscription } from "./subscription.ts";

/** Read so many characters, and the venue is told. */
const ACK_EVERY = 128 * 1024;
/** So often the connection is looked at: a "ping" where nothing came, and an end where that is not answered. */
const HEARTBEAT_MS = 10_000;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 10_000;
/** Closed with this code one has done something that coming back would only repeat. */
const POLICY_VIOLATION = 1008;

export interface ClientOptions {
  /** Where the venue is, such as `http://localhost:3000`. */
  readonly url: string;
  /** The default one where absent. */
  readonly instrument?: string;
  /** Who places orders, and whose `executions` may be followed. */
  readonly clientId?: string;
  /** Whether the open orders of the client end with its last connection. */
  readonly cancelsOnDisconnect?: boolean;
  /** Opens a socket; `new WebSocket(url)` where absent. */
  readonly connect?: (url: string) => WebSocket | Promise<WebSocket>;
  /** Told of every end of a connection; the client comes back by itself. */
  readonly onDisconnect?: (code: number) => void;
}

/** The venue's answer to a request: what HTTP would have answered. */
export interface Answered {
  readonly status: number;
  readonly isReplay: boolean;
  readonly body: unknown;
}

/** A request whose connection ended before the answer: it may or may not have been done. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
}

/**
 * Follows an instrument and trades on it over one connection, which it brings back when it breaks: channels go
 * on where they were. Runs wherever there is a `WebSocket`.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #subscriptions = new Map<Channel, Subscription>();
  readonly #pending = new Map<
    string,
    { resolve: (answer: Answered) => void; reject: (error: Error) => void }
  >();
  #socket: WebSocket | undefined;
  #requestCount = 0;
  #unacknowledged = 0;
  #failures = 0;
  #isClosed = false;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #receivedAtMs = 0;
  #opened: Promise<void>;

  /** @throws Error where there is no `WebSocket` and none to `connect`. */
  constructor(options: ClientOptions) {
    if (options.connect === undefined && typeof WebSocket === "undefined")
      throw new Error("there is no WebSocket here: pass one by connect, or use Node 22 or newer");
    this.#options = options;
    this.#opened = this.#open();
  }

  /** Follows a channel. @param listener called after each message that was taken in. */
  subscribe<C extends Channel>(channel: C, listener: Listener<C> = () => {}): Subscription<C> {
    const subscription = new Subscription(channel, listener, (request) => this.#send(request));
    this.#subscriptions.set(channel, subscription as unknown as Subscription);
    if (this.#socket !== undefined) subscription.begin(Date.now());
    return subscription;
  }

  unsubscribe(channel: Channel): void {
    this.#subscriptions.get(channel)?.end();
    this.#subscriptions.delete(channel);
  }

  /** @param body as of `POST /orders`; client and instrument may be left out. */
  place(body: object): Promise<Answered> {
    return this.request({ op: "place", body });
  }

  cancel(orderId: string): Promise<Answered> {
    return this.request({ op: "cancel", order_id: orderId });
  }

  /** @param body as of `POST /orders/{order_id}/amend`. */
  amend(orderId: string, body: object): Promise<Answered> {
    return this.request({ op: "amend", order_id: orderId, body });
  }

  /** Sends any request and waits for its answer. @throws OutcomeUnknown if the connection ends first. */
  async request(request: object): Promise<Answered> {
    await this.#opened;
    const requestId = String(++this.#requestCount);
    return new Promise((resolve, reject) => {
      if (this.#socket === undefined) {
        reject(new Error("there is no connection: nothing was sent"));
        return;
      }
      this.#pending.set(requestId, { resolve, reject });
      this.#send({ ...request, request_id: requestId });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close(1000);
    this.#ended(1000);
  }

  async #open(): Promise<void> {
    const { url, instrument, clientId, cancelsOnDisconnect, connect = plainSocket } = this.#options;
    const query = new URLSearchParams({ channels: "" });
    if (instrument !== undefined) query.set("instrument", instrument);
    if (clientId !== undefined) query.set("client_id", clientId);
    if (cancelsOnDisconnect) query.set("cancel_on_disconnect", "true");
    try {
      const socket = await connect(`${url.replace(/^http/, "ws")}/stream?${query}`);
      await this.#attach(socket);
    } catch {
      this.#retry();
      await this.#opened;
    }
  }

  #attach(socket: WebSocket): Promise<void> {
    return new Promise((resolve, reject) => {
      const isOpen = () => {
        if (this.#isClosed) socket.close(1000);
        else this.#begin(socket);
        resolve();
      };
      socket.addEventListener("message", ({ data }) => {
        if (this.#socket === socket) this.#receive(String(data));
      });
      socket.addEventListener("close", ({ code }) => {
        if (this.#socket === socket) this.#ended(code);
        else reject(new Error("the connection was not opened"));
      });
      socket.addEventListener("error", () => reject(new Error("the connection failed")));
      if (socket.readyState === 1) isOpen();
      else socket.addEventListener("open", isOpen);
    });
  }

  #begin(socket: WebSocket): void {
    this.#socket = socket;
    this.#failures = 0;
    this.#unacknowledged = 0;
    this.#receivedAtMs = Date.now();
    for (const subscription of this.#subscriptions.values()) subscription.begin(Date.now());
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  #beat(): void {
    const silenceMs = Date.now() - this.#receivedAtMs;
    if (silenceMs > 2 * HEARTBEAT_MS) {
      this.#socket?.close(4000, "no sign of life");
      this.#ended(4000);
    } else this.#socket?.send("ping");
  }

  #receive(text: string): void {
    this.#receivedAtMs = Date.now();
    if (text === "pong") return;
    const message = JSON.parse(text) as ChannelMessage | ResyncMessage | AnswerMessage | { type: "error" };
    this.#unacknowledged += text.length;
    if (this.#unacknowledged >= ACK_EVERY || message.type === "resync") {
      this.#send({ op: "ack", received: this.#unacknowledged });
      this.#unacknowledged = 0;
    }
    if (message.type === "answer") this.#answer(message);
    else if (message.type !== "error")
      this.#subscriptions.get(message.channel)?.receive(message, text, Date.now());
  }

  #answer({ request_id, status, is_replay, body }: AnswerMessage): void {
    const pending = this.#pending.get(request_id ?? "");
    this.#pending.delete(request_id ?? "");
    pending?.resolve({ status, isReplay: is_replay === true, body });
  }

  #ended(code: number): void {
    if (this.#heartbeat !== undefined) clearInterval(this.#heartbeat);
    this.#socket = undefined;
    for (const { reject } of this.#pending.values()) reject(new OutcomeUnknown("the connection ended"));
    this.#pending.clear();
    if (this.#isClosed) return;
    this.#options.onDisconnect?.(code);
    if (code === POLICY_VIOLATION) this.#isClosed = true;
    else this.#retry();
  }

  #retry(): void {
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures++);
    this.#opened = new Promise((resolve) => setTimeout(resolve, delayMs)).then(() => {
      return this.#isClosed ? undefined : this.#open();
    });
  }

  #send(request: object): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(request));
  }
}

function plainSocket(url: string): WebSocket {
  return new WebSocket(url);
}

import type { Channel } from "../protocol/feed-channel.ts";
import type { AnswerMessage, ChannelMessage, ResyncMessage } from "../protocol/feed-message.ts";
import { Refused, refusalOf } from "./refused.ts";
import { type Answered, Requests } from "./requests.ts";
import { type Listener, Subscription } from "./subscription.ts";

/** Read so many characters, and the venue is told. */
const ACK_EVERY = 128 * 1024;
/** So often the connection is looked at: a "ping" where nothing came, and an end where that is not answered. */
const HEARTBEAT_MS = 10_000;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 10_000;
/** Closed with this code one has done something that coming back would only repeat. */
const POLICY_VIOLATION = 1008;
const REQUEST_MS_MAX = 30_000;

export { Refused } from "./refused.ts";
export { type Answered, OutcomeUnknown } from "./requests.ts";

export interface ClientOptions {
  /** Where the venue is, such as `http://localhost:3000`. */
  readonly url: string;
  /** The default one where absent. */
  readonly instrument?: string;
  /** Who places orders, and whose `executions` may be followed. */
  readonly clientId?: string;
  /** Whether the open orders of the client end with its last connection. */
  readonly cancelsOnDisconnect?: boolean;
  /** How long a request may wait, for a connection and its answer; 30 seconds where absent. */
  readonly requestMsMax?: number;
  /** Opens a socket, or throws `Refused` where coming back cannot help; `new WebSocket(url)` where absent. */
  readonly connect?: (url: string) => WebSocket | Promise<WebSocket>;
  /** Told of every end of a connection; the client comes back by itself. */
  readonly onDisconnect?: (code: number) => void;
  /** Told, once, that the venue refuses the connection for good: the client does not try again. */
  readonly onRefused?: (refusal: Refused) => void;
}

/**
 * Follows an instrument and trades on it over one connection, which it brings back when it breaks: channels go
 * on where they were. Runs wherever there is a `WebSocket`.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #subscriptions = new Map<Channel, Subscription>();
  readonly #requests: Requests;
  #socket: WebSocket | undefined;
  #unacknowledged = 0;
  #failures = 0;
  /** Why there will be no connection any more. */
  #end: Error | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #receivedAtMs = 0;

  /** @throws Error where there is no `WebSocket` and none to `connect`. */
  constructor(options: ClientOptions) {
    if (options.connect === undefined && typeof WebSocket === "undefined")
      throw new Error("there is no WebSocket here: pass one by connect, or use Node 22 or newer");
    this.#options = options;
    this.#requests = new Requests((message) => this.#send(message), options.requestMsMax ?? REQUEST_MS_MAX);
    void this.#open();
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

  /**
   * Sends any request, as soon as there is a connection, and waits for its answer.
   * @throws OutcomeUnknown if it was sent and none comes, Refused or another Error if it was not sent.
   */
  async request(request: object): Promise<Answered> {
    if (this.#end !== undefined) throw this.#end;
    return this.#requests.ask(request);
  }

  close(): void {
    this.#endWith(new Error("the client is closed: nothing was sent"));
    this.#socket?.close(1000);
    this.#ended(1000);
  }

  async #open(): Promise<void> {
    const { url, instrument, clientId, cancelsOnDisconnect, connect } = this.#options;
    const query = new URLSearchParams({ channels: "" });
    if (instrument !== undefined) query.set("instrument", instrument);
    if (clientId !== undefined) query.set("client_id", clientId);
    if (cancelsOnDisconnect) query.set("cancel_on_disconnect", "true");
    const address = `${url.replace(/^http/, "ws")}/stream?${query}`;
    try {
      await this.#attach(await (connect ?? plainSocket)(address));
    } catch (error) {
      await this.#failed(error, connect === undefined ? address : undefined);
    }
  }

  /** @param address where to ask why; undefined where only who connects may know. */
  async #failed(error: unknown, address: string | undefined): Promise<void> {
    const told = address === undefined ? undefined : await refusalOf(address);
    const refusal = error instanceof Refused ? error : told;
    if (this.#end !== undefined) return;
    if (refusal === undefined) this.#retry();
    else {
      this.#endWith(refusal);
      this.#options.onRefused?.(refusal);
    }
  }

  #endWith(reason: Error): void {
    this.#end ??= reason;
    this.#requests.end(reason);
  }

  #attach(socket: WebSocket): Promise<void> {
    return new Promise((resolve, reject) => {
      const isOpen = () => {
        if (this.#end !== undefined) socket.close(1000);
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
    this.#requests.sendWaiting();
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  #beat(): void {
    const silenceMs = Date.now() - this.#receivedAtMs;
    if (silenceMs > 2 * HEARTBEAT_MS) {
      this.#socket?.close(4000, "no sign of life");
      this.#ended(4000);
      return;
    }
    this.#socket?.send("ping");
    for (const subscription of this.#subscriptions.values()) subscription.lookAfter(Date.now());
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
    if (message.type === "answer") this.#requests.take(message);
    else if (message.type !== "error")
      this.#subscriptions.get(message.channel)?.receive(message, text, Date.now());
  }

  #ended(code: number): void {
    if (this.#heartbeat !== undefined) clearInterval(this.#heartbeat);
    this.#socket = undefined;
    this.#requests.lose();
    if (this.#end !== undefined) return;
    this.#options.onDisconnect?.(code);
    if (code === POLICY_VIOLATION)
      this.#endWith(new Error("the venue ended the connection for good: nothing was sent"));
    else this.#retry();
  }

  #retry(): void {
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures++);
    setTimeout(() => {
      if (this.#end === undefined) void this.#open();
    }, delayMs);
  }

  /** @returns whether there is a connection to send it over. */
  #send(request: object): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(request));
    return true;
  }
}

function plainSocket(url: string): WebSocket {
  return new WebSocket(url);
}

import type { Channel } from "../protocol/feed/feed-channel.ts";
import type { AnswerMessage, ChannelMessage, ResyncMessage } from "../protocol/feed/feed-message.ts";
import type { OrderView, PlacedOrderView } from "../protocol/order-entry.ts";
import type { BatchAnswerView, CancelAfterAnswerView, CancelAllAnswerView } from "../protocol/order-group.ts";
import type {
  AmendBody,
  Answer,
  Answered,
  BatchBody,
  CancelAfterBody,
  CancelAllBody,
  PlaceBody,
} from "./calls.ts";
import type { ClientOptions } from "./options.ts";
import { failureAt, Refused } from "./refused.ts";
import { Requests } from "./requests.ts";
import { type Listener, Subscription } from "./subscription.ts";

/** The client acknowledges after it has read this many characters. */
const ACK_EVERY = 128 * 1024;
/**
 * The interval between pings. The client closes a connection from which nothing arrives for two intervals.
 */
const HEARTBEAT_MS = 10_000;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 10_000;
/** The venue closes a connection with this code if the same connection would only fail again. */
const POLICY_VIOLATION = 1008;
const REQUEST_MS_MAX = 30_000;

export type { Answer, Answered } from "./calls.ts";
export type { ClientOptions } from "./options.ts";
export { Refused } from "./refused.ts";
export { OutcomeUnknown } from "./requests.ts";

/**
 * Follows an instrument and trades on it over one connection. If the connection breaks, the client
 * reconnects, and channels resume where they were. It runs wherever `WebSocket` exists.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #subscriptions = new Map<Channel, Subscription>();
  readonly #requests: Requests;
  #socket: WebSocket | undefined;
  #unacknowledged = 0;
  #failures = 0;
  /** Why there will be no further connection. */
  #end: Error | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #receivedAtMs = 0;

  /** @throws Error if `url` is not an HTTP URL, or if there is neither a global `WebSocket` nor `connect`. */
  constructor(options: ClientOptions) {
    if (!/^(http|ws)s?:\/\/[^/]/.test(options.url) || !URL.canParse(options.url))
      throw new Error(
        `url must be an HTTP URL such as http://localhost:3000, not ${JSON.stringify(options.url)}`,
      );
    if (options.connect === undefined && typeof WebSocket === "undefined")
      throw new Error("WebSocket is not available: pass the option connect, or use Node 22 or newer");
    this.#options = options;
    this.#requests = new Requests((message) => this.#send(message), options.requestMsMax ?? REQUEST_MS_MAX);
    void this.#open();
  }

  /** Subscribes to a channel. @param listener called after each applied message. */
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

  /** @param body the body of `POST /orders`. Here and below, client and instrument may be omitted. */
  place(body: PlaceBody): Promise<Answer<PlacedOrderView, 201>> {
    return this.#call({ op: "place", body });
  }

  /** @param body the body of `POST /orders/batch`. */
  batch(body: BatchBody): Promise<Answer<BatchAnswerView, 200>> {
    return this.#call({ op: "batch", body });
  }

  cancel(orderId: string): Promise<Answer<OrderView, 200>> {
    return this.#call({ op: "cancel", order_id: orderId });
  }

  /** @param body the body of `POST /orders/{order_id}/amend`. */
  amend(orderId: string, body: AmendBody): Promise<Answer<PlacedOrderView, 200>> {
    return this.#call({ op: "amend", order_id: orderId, body });
  }

  /** Cancels the client's open orders, or those of one side. */
  cancelAll(body: CancelAllBody = {}): Promise<Answer<CancelAllAnswerView, 200>> {
    return this.#call({ op: "cancel_all", body });
  }

  /** Sets the dead man's switch. @param body the body of `POST /orders/cancel-after`. */
  cancelAfter(body: CancelAfterBody): Promise<Answer<CancelAfterAnswerView, 200>> {
    return this.#call({ op: "cancel_after", body });
  }

  /**
   * Sends a request as soon as there is a connection, and waits for its answer.
   * @throws OutcomeUnknown if the request was sent and no answer arrives; Refused or another Error if it was
   * not sent.
   */
  async request(request: object): Promise<Answered> {
    if (this.#end !== undefined) throw this.#end;
    return this.#requests.ask(request);
  }

  /** The cast is safe: a test checks the venue's answers against the schemas. */
  async #call<A extends Answered>(request: object): Promise<A> {
    return (await this.request(request)) as A;
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

  /** @param address where to find out why the connection failed; undefined if only `connect` can know. */
  async #failed(thrown: unknown, address: string | undefined): Promise<void> {
    const own = thrown instanceof Error ? thrown : new Error(String(thrown));
    const failure = address === undefined ? own : await failureAt(address);
    if (this.#end !== undefined) return;
    if (failure instanceof Refused) {
      this.#endWith(failure);
      this.#options.onRefused?.(failure);
      return;
    }
    this.#requests.failure = failure;
    if (this.#options.onUnreachable !== undefined) this.#options.onUnreachable(failure);
    else if (this.#failures === 0) console.warn(`${failure.message}; retrying`);
    this.#retry();
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
    this.#requests.failure = undefined;
    this.#unacknowledged = 0;
    this.#receivedAtMs = Date.now();
    for (const subscription of this.#subscriptions.values()) subscription.begin(Date.now());
    this.#requests.sendWaiting();
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  #beat(): void {
    const silenceMs = Date.now() - this.#receivedAtMs;
    if (silenceMs > 2 * HEARTBEAT_MS) {
      this.#socket?.close(4000, "no answer to the ping");
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
      this.#endWith(new Error("the venue closed the connection permanently: nothing was sent"));
    else this.#retry();
  }

  #retry(): void {
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures++);
    setTimeout(() => {
      if (this.#end === undefined) void this.#open();
    }, delayMs);
  }

  /** @returns whether there is a connection and the request was sent. */
  #send(request: object): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(request));
    return true;
  }
}

function plainSocket(url: string): WebSocket {
  return new WebSocket(url);
}

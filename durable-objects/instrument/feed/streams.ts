import type { OrderBook } from "../../../engine/order-book.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import type { Analytics } from "../../analytics/analytics.ts";
import { readConnection } from "../../connection.ts";
import type { Absence } from "../absence.ts";
import type { Gate } from "../gate.ts";
import type { Journal } from "../journal.ts";
import type { Flush } from "../processor.ts";
import { Feed } from "./feed.ts";
import type { OrderPorts } from "./order-ops.ts";
import { FeedRequests } from "./requests.ts";
import type { Session } from "./session.ts";
import { FeedSource } from "./source.ts";

/** What the connections of an instrument are served from. */
interface Served extends OrderPorts {
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly analytics: Analytics;
  readonly gate: Gate;
  readonly book: () => OrderBook;
  readonly recentTrades: () => readonly TradeView[];
}

/** The WebSocket connections of an instrument: what they are sent, what they ask for, what their end means. */
export class Streams {
  readonly #feed: Feed;
  readonly #requests: FeedRequests;
  readonly #absence: Absence;

  constructor(ctx: DurableObjectState, absence: Absence, served: Served) {
    const { spec, gate } = served;
    this.#absence = absence;
    const source = new FeedSource({ ...served, availability: () => gate.status });
    this.#feed = new Feed(ctx, source, (session) => this.#hasLeft(session));
    this.#requests = new FeedRequests(this.#feed, spec, served);
  }

  get count(): number {
    return this.#feed.sessions.count;
  }

  /** After the memory was lost. */
  start(): void {
    this.#feed.start();
    void this.#absence.start((clientId) => this.#isTied(clientId));
  }

  /** Takes on a connection; the answer completes its upgrade. */
  accept(request: Request): Response {
    const { resume, ...attachment } = readConnection(new URL(request.url));
    if (attachment.cancelsOnDisconnect && attachment.clientId !== null)
      this.#absence.tie(attachment.clientId);
    return this.#feed.accept({ faults: 0, ...attachment }, resume);
  }

  publish(flush: Flush): void {
    this.#feed.publish(flush);
  }

  /** Tells what has changed without a flush. */
  refresh(): void {
    this.#feed.refresh();
  }

  receive(socket: WebSocket, message: string | ArrayBuffer): void {
    const session = this.#feed.sessions.of(socket);
    if (session !== undefined) this.#requests.receive(session, message);
  }

  /** Completes the closing that a subscriber began, so that it need not wait for an answer. */
  close(socket: WebSocket, code: number): void {
    // 1005 and 1006 stand for a close without a code; they cannot be sent.
    if (code === 1005 || code === 1006) socket.close();
    else socket.close(code);
    this.lose(socket);
  }

  /** A connection is no more. */
  lose(socket: WebSocket): void {
    const session = this.#feed.sessions.of(socket);
    if (session !== undefined) this.#feed.remove(session);
  }

  closeAll(): void {
    this.#feed.closeAll();
  }

  #hasLeft({ attachment }: Session): void {
    const { clientId, cancelsOnDisconnect } = attachment;
    if (cancelsOnDisconnect && clientId !== null && !this.#isTied(clientId))
      void this.#absence.untie(clientId);
  }

  /** Whether a client has a connection that its orders hang on. */
  #isTied(clientId: string): boolean {
    for (const { attachment } of this.#feed.sessions.all)
      if (attachment.cancelsOnDisconnect && attachment.clientId === clientId) return true;
    return false;
  }
}

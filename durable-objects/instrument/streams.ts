import type { Problem } from "../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { Analytics } from "../analytics/analytics.ts";
import { DIRECT_MAX_HEADER, readConnection } from "../calls/connection.ts";
import { Feed } from "../feed/feed.ts";
import { FeedRequests, type Following } from "../feed/requests.ts";
import type { Session } from "../feed/session.ts";
import type { LiveInstrument } from "../journal/live-instrument.ts";
import { log } from "../runtime/log.ts";
import type { Absence } from "./absence.ts";
import { type InstrumentChannel, resyncText } from "./channels/channel.ts";
import { makeChannel } from "./channels/make-channel.ts";
import { FeedSource, FlushStep } from "./channels/source.ts";
import type { Flush } from "./flush/flush.ts";
import type { Gate } from "./flush/gate.ts";
import { OrderOps, type OrderPorts } from "./socket-orders.ts";

/** The parts from which an instrument serves connections. */
interface Served extends Omit<OrderPorts, "cancelAfter">, LiveInstrument {
  readonly analytics: Analytics;
  readonly gate: Gate;
}

/**
 * The WebSocket connections of an instrument: what they receive, what they request, and the effect of their
 * end.
 */
export class Streams {
  readonly #feed: Feed<InstrumentChannel>;
  readonly #requests: FeedRequests;
  readonly #absence: Absence;
  readonly #spec: InstrumentSpec;

  constructor(ctx: DurableObjectState, absence: Absence, served: Served) {
    const { spec, gate, journal } = served;
    this.#spec = spec;
    this.#absence = absence;
    const source = new FeedSource({ ...served, availability: () => gate.status });
    const { instrument } = spec;
    this.#feed = new Feed(ctx, {
      make: (key, making) => makeChannel(source, key, making),
      isConflated: (key) => !key.includes(" ") && key.includes("@"),
      resync: (channel, reason) => [resyncText(instrument, channel, journal.epoch(), reason)],
      hasLeft: (session, code) => this.#hasLeft(session, code),
    });
    const orders = new OrderOps(spec, {
      ...served,
      cancelAfter: (clientId, seconds) => absence.cancelAfter(clientId, seconds),
    });
    this.#requests = new FeedRequests(this.#feed, {
      following: (named, channels) => this.#following(named, channels),
      order: (session, op, reply) => orders.run(session, op, reply),
    });
  }

  get count(): number {
    return this.#feed.sessions.count;
  }

  /** Resumes after memory was lost. */
  start(): void {
    this.#feed.start();
    void this.#absence.start((clientId) => this.#isTied(clientId));
  }

  /** Accepts a connection. The returned response completes its upgrade, or refers it to a relay. */
  accept(request: Request): Response {
    const limit = request.headers.get(DIRECT_MAX_HEADER);
    if (limit !== null && this.count >= Number(limit)) return new Response(null, { status: 503 });
    const { resume, channels, clientId, cancelsOnDisconnect } = readConnection(new URL(request.url));
    const attachment = { faults: 0, topics: channels, clientId, cancelsOnDisconnect, home: null };
    if (cancelsOnDisconnect && clientId !== null) this.#absence.tie(clientId);
    return this.#feed.accept(attachment, resume);
  }

  /** Publishes a flush. */
  publish(flush: Flush): void {
    if (this.count === 0) return;
    const step = new FlushStep(flush);
    for (const channel of this.#feed.live) channel.note(step);
    this.#feed.publish();
  }

  /** Publishes what has changed without a flush. */
  refresh(): void {
    this.#feed.publish();
  }

  receive(socket: WebSocket, message: string | ArrayBuffer): void {
    const session = this.#feed.sessions.of(socket);
    if (session !== undefined) this.#requests.receive(session, message);
  }

  close(socket: WebSocket, code: number): void {
    this.#feed.close(socket, code);
  }

  /** Handles a lost connection. */
  lose(socket: WebSocket): void {
    this.#feed.lose(socket);
  }

  closeAll(): void {
    this.#feed.closeAll("the instrument was rebuilt");
  }

  #following(named: string | undefined, channels: readonly string[]): Following | Problem {
    const { instrument } = this.#spec;
    if (named === undefined || named === instrument)
      return { topics: channels, view: ({ topics }) => ({ instrument, channels: topics }) };
    return {
      code: "instrument_unknown",
      field: "instrument",
      detail: `this connection is for ${instrument}`,
    };
  }

  #hasLeft({ attachment }: Session, code: number): void {
    const { clientId, cancelsOnDisconnect } = attachment;
    if (clientId === null) return;
    const { instrument } = this.#spec;
    const end = { client_id: clientId, code, cancel_on_disconnect: cancelsOnDisconnect };
    log("info", "connection_ended", { instrument, ...end });
    if (cancelsOnDisconnect && !this.#isTied(clientId)) void this.#absence.untie(clientId);
  }

  /** Whether a client has a connection that its orders are tied to. */
  #isTied(clientId: string): boolean {
    for (const { attachment } of this.#feed.sessions.all)
      if (attachment.cancelsOnDisconnect && attachment.clientId === clientId) return true;
    return false;
  }
}

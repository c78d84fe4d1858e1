import { Client } from "../../client/client.ts";
import type { Problem } from "../../protocol/error-code.ts";
import type { Channel } from "../../protocol/feed/feed-channel.ts";
import { readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import { problemAnswer } from "../calls/answer.ts";
import { readConnection } from "../calls/connection.ts";
import {
  placeText,
  type RelayPlace,
  readPlace,
  relayLevels,
  upstreamOf,
  upstreamOrigin,
} from "../calls/relay-tree.ts";
import { Feed } from "../feed/feed.ts";
import { FeedRequests, type Following } from "../feed/requests.ts";
import type { Session } from "../feed/session.ts";
import type { Making } from "../feed/shared-beginning.ts";
import type { Env } from "../runtime/env.ts";
import { log } from "../runtime/log.ts";
import { LoggedObject } from "../runtime/logged-object.ts";
import { RelayedChannel } from "./relayed-channel.ts";

/** While there are subscribers, an alarm checks at this interval that the relay follows their channels. */
const WATCH_MS = 30_000;
const PLACE = "place";
/**
 * The most instruments that a connection may follow. With every channel of each, the topics must fit into a
 * socket's attachment.
 */
const INSTRUMENTS_MAX = 200;

/**
 * A subscriber of instruments, or of other relays, that serves many subscribers of its own. A connection can
 * have public channels of several instruments. A relay has no state that it could not lose.
 */
export class Relay extends LoggedObject {
  readonly #feed: Feed<RelayedChannel>;
  readonly #requests: FeedRequests;
  readonly #clients = new Map<string, Client>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#feed = new Feed(ctx, {
      make: (topic, making) => this.#make(topic, making),
      isConflated: () => false,
      resync: (topic, reason) => {
        const { instrument, channel } = readTopic(topic);
        const { epoch } = this.#feed.channel(topic);
        if (epoch === undefined) return [];
        return [JSON.stringify({ type: "resync", channel, instrument, epoch, reason })];
      },
      hasLeft: () => this.#closeIdle(),
      hasEnded: (channel) => channel.end(),
    });
    this.#requests = new FeedRequests(this.#feed, {
      following: (named, channels, session) =>
        this.#following(named ?? session.attachment.home, channels, session),
      order: (_, __, reply) =>
        reply(
          problemAnswer({ code: "forbidden", detail: "connect with client_id to place and change orders" }),
        ),
    });
    this.#feed.start();
  }

  /**
   * Completes a WebSocket upgrade that the worker has checked. `place` in the query identifies this relay.
   */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.ctx.storage.kv.put(PLACE, url.searchParams.get(PLACE) ?? "");
    url.searchParams.delete(PLACE);
    await this.#watch();
    const { instruments, channels, resume } = readConnection(url);
    const topics = instruments.flatMap((instrument) =>
      (channels ?? []).map((channel) => topicOf(instrument, channel)),
    );
    const home = instruments[0] ?? null;
    const attachment = { faults: 0, topics, clientId: null, cancelsOnDisconnect: false, home };
    return this.#feed.accept(attachment, resume);
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const session = this.#feed.sessions.of(socket);
    if (session !== undefined) this.#requests.receive(session, message);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#feed.close(socket, code);
  }

  override webSocketError(socket: WebSocket): void {
    this.#feed.lose(socket);
  }

  /** After an eviction, follows the channels of its subscribers again. */
  override async alarm(): Promise<void> {
    if (this.#feed.sessions.count > 0) await this.#watch();
  }

  async #watch(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + WATCH_MS);
  }

  #following(named: string | null, channels: readonly Channel[], session: Session): Following | Problem {
    const specs = readInstrumentSpecs(this.env.INSTRUMENTS);
    const instrument = named ?? specs[0]?.instrument ?? "";
    if (!specs.some((spec) => spec.instrument === instrument)) {
      return { code: "instrument_unknown", field: "instrument", detail: "no instrument has this name" };
    }
    const followed = new Set(session.topics.map((topic) => readTopic(topic).instrument));
    if (followed.add(instrument).size > INSTRUMENTS_MAX) {
      const detail = `a connection can follow at most ${INSTRUMENTS_MAX} instruments: open another connection`;
      return { code: "invalid_value", field: "instrument", detail };
    }
    return {
      topics: channels.map((channel) => topicOf(instrument, channel)),
      view: ({ topics }) => {
        const here = topics.map(readTopic).filter((topic) => topic.instrument === instrument);
        return { instrument, channels: here.map(({ channel }) => channel) };
      },
    };
  }

  #make(topic: string, making: Making): RelayedChannel {
    const { instrument, channel } = readTopic(topic);
    const client = this.#clients.get(instrument) ?? this.#connect(instrument);
    this.#clients.set(instrument, client);
    return new RelayedChannel(client, channel, () => this.#feed.publish(), making);
  }

  #connect(instrument: string): Client {
    const { STREAM_UPSTREAM: venue } = this.env;
    return new Client({
      url: venue === undefined ? "http://upstream" : upstreamOrigin(venue),
      instrument,
      connect: async (url) => {
        const socket = (await this.#upgrade(instrument, url.replace(/^ws/, "http"))).webSocket;
        if (socket === null) throw new Error("upstream accepted no connection");
        socket.accept();
        return socket;
      },
      onUnreachable: ({ message }) => log("warn", "upstream_unreachable", { instrument, error: message }),
    });
  }

  #upgrade(instrument: string, url: string): Promise<Response> {
    const headers = { upgrade: "websocket" };
    const upstream = upstreamOf(this.#place, relayLevels(this.env.STREAM_RELAYS));
    if (upstream === undefined) {
      if (this.env.STREAM_UPSTREAM !== undefined) return fetch(url, { headers });
      return this.env.INSTRUMENT.getByName(instrument).fetch(url, { headers });
    }
    const place = placeText(upstream);
    return this.env.RELAY.getByName(place).fetch(`${url}&${PLACE}=${encodeURIComponent(place)}`, { headers });
  }

  get #place(): RelayPlace {
    return readPlace(this.ctx.storage.kv.get<string>(PLACE) ?? "");
  }

  /** Without subscribers there is nothing to follow. */
  #closeIdle(): void {
    if (this.#feed.sessions.count > 0) return;
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}

function topicOf(instrument: string, channel: Channel): string {
  return `${instrument}/${channel}`;
}

function readTopic(topic: string): { instrument: string; channel: Channel } {
  const at = topic.lastIndexOf("/");
  return { instrument: topic.slice(0, at), channel: topic.slice(at + 1) as Channel };
}

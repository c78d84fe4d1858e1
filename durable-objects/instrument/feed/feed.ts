import { type Channel, CONFLATION_MS, channelSpec } from "../../../protocol/feed-channel.ts";
import type { ResyncReason } from "../../../protocol/feed-message.ts";
import type { Flush } from "../processor.ts";
import { BookChannel } from "./book-channel.ts";
import { CandlesChannel } from "./candles-channel.ts";
import type { LiveChannel, Resumed } from "./channel.ts";
import { DepthChannel } from "./depth-channel.ts";
import { Everything } from "./everything.ts";
import { ExecutionsChannel } from "./executions-channel.ts";
import { OrdersChannel } from "./orders-channel.ts";
import type { Attachment, Session } from "./session.ts";
import { EVERYTHING, keyOf, keysOf, Sessions } from "./sessions.ts";
import { type FeedSource, Step } from "./source.ts";
import { StatusChannel } from "./status-channel.ts";
import { TickerChannel } from "./ticker-channel.ts";
import { TradesChannel } from "./trades-channel.ts";

const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;

/** Where a subscriber's chain broke off. */
export interface ResumePoint {
  readonly seq: number;
  readonly epoch: number;
}

/**
 * Tells subscribers what happens, each message made once and sent to all who have the channel. A channel that
 * nobody has costs nothing.
 */
export class Feed {
  readonly sessions: Sessions;
  readonly #source: FeedSource;
  readonly #hasLeft: (session: Session) => void;
  readonly #live = new Map<string, LiveChannel>();
  /** Conflated channels with something to tell, until their time has come. */
  readonly #due = new Set<string>();

  /** @param hasLeft is told of each subscriber that is there no more. */
  constructor(ctx: DurableObjectState, source: FeedSource, hasLeft: (session: Session) => void) {
    this.sessions = new Sessions(ctx);
    this.#source = source;
    this.#hasLeft = hasLeft;
  }

  /** Goes on after the memory was lost: chains that cannot go on begin anew. */
  start(): void {
    this.#live.clear();
    for (const key of this.sessions.keys) {
      const channel = this.#channel(key);
      if (channel.outlivesMemory) continue;
      const texts = channel.begin();
      for (const session of this.sessions.subscribersOf(key)) session.begin(texts);
    }
  }

  /** Takes on a subscriber with its first channels; the answer completes its upgrade. */
  accept(attachment: Attachment, resume: ResumePoint | undefined): Response {
    const { session, response } = this.sessions.accept({
      ...attachment,
      channels: attachment.channels && [],
    });
    if (attachment.channels === null) this.#begin(session, EVERYTHING);
    else this.subscribe(session, attachment.channels, resume);
    return response;
  }

  /** Begins channels for a subscriber, those it has already too. */
  subscribe(session: Session, channels: readonly Channel[], resume: ResumePoint | undefined): void {
    const { attachment } = session;
    session.attachment = {
      ...attachment,
      channels: [...new Set([...(attachment.channels ?? []), ...channels])],
    };
    for (const channel of channels) {
      const key = keyOf(channel, attachment.clientId);
      const resumed = resume && this.#resume(key, resume);
      if (resumed !== undefined && "text" in resumed) {
        this.#join(session, key, [resumed.text]);
        continue;
      }
      if (resumed !== undefined) session.send(this.#resync(channel, resumed.reason));
      this.#begin(session, key);
    }
  }

  unsubscribe(session: Session, channels: readonly Channel[]): void {
    const { attachment } = session;
    const left = session.channels.filter((channel) => !channels.includes(channel));
    session.attachment = { ...attachment, channels: left };
    for (const channel of channels) this.#leave(session, keyOf(channel, attachment.clientId));
  }

  /** Tells what a flush did. */
  publish(flush: Flush): void {
    if (this.sessions.count === 0) return;
    const step = new Step(flush);
    for (const [key, channel] of this.#live) {
      channel.note(step);
      this.#tell(key, channel);
    }
    this.#cutOff();
  }

  /** Tells what has changed without a flush. */
  refresh(): void {
    for (const [key, channel] of this.#live) this.#tell(key, channel);
  }

  /** Takes note of what a subscriber has received. */
  acknowledge(session: Session, characters: number): void {
    if (!session.acknowledge(characters)) return;
    for (const key of keysOf(session.attachment)) this.#begin(session, key);
  }

  /** Forgets a subscriber whose connection has ended. */
  remove(session: Session): void {
    this.#forget(session);
    this.#hasLeft(session);
  }

  /** Sends a subscriber away. */
  expel(session: Session, code: number, reason: string): void {
    session.socket.close(code, reason);
    this.remove(session);
  }

  /** Sends every subscriber away, to come back. */
  closeAll(): void {
    for (const session of [...this.sessions.all]) {
      session.socket.close(SERVICE_RESTART, "the instrument was rebuilt");
      this.#forget(session);
    }
  }

  #forget(session: Session): void {
    this.sessions.remove(session);
    for (const key of keysOf(session.attachment)) this.#drop(key);
  }

  /** Begins a channel for one more subscriber, after the others were told all there is. */
  #begin(session: Session, key: string): void {
    const channel = this.#channel(key);
    this.#send(key, channel);
    this.#join(session, key, channel.begin());
  }

  #join(session: Session, key: string, texts: readonly string[]): void {
    session.begin(texts);
    this.sessions.join(session, key);
  }

  #resume(key: string, { seq, epoch }: ResumePoint): Resumed | undefined {
    const channel = this.#channel(key);
    if (channel.resume === undefined) return undefined;
    if (epoch !== this.#source.journal.epoch()) return { reason: "epoch_changed" };
    this.#send(key, channel);
    return channel.resume(seq);
  }

  #resync(channel: Channel, reason: ResyncReason): string {
    const { spec, journal } = this.#source;
    const { instrument } = spec;
    return JSON.stringify({ type: "resync", channel, instrument, epoch: journal.epoch(), reason });
  }

  #leave(session: Session, key: string): void {
    this.sessions.leave(session, key);
    this.#drop(key);
  }

  #drop(key: string): void {
    if (this.sessions.subscribersOf(key).size === 0) this.#live.delete(key);
  }

  /** Sends what a channel has to tell, or lets it wait for what comes with it. */
  #tell(key: string, channel: LiveChannel): void {
    if (key === EVERYTHING || !key.includes("@")) this.#send(key, channel);
    else if (!this.#due.has(key)) {
      this.#due.add(key);
      setTimeout(() => this.#sendDue(key), CONFLATION_MS);
    }
  }

  #sendDue(key: string): void {
    this.#due.delete(key);
    const channel = this.#live.get(key);
    if (channel !== undefined) this.#send(key, channel);
    this.#cutOff();
  }

  #send(key: string, channel: LiveChannel): void {
    const text = channel.next();
    if (text === undefined) return;
    for (const session of this.sessions.subscribersOf(key)) session.send(text);
  }

  /** Gives who is slow a new beginning, once; who is slow again is sent away. */
  #cutOff(): void {
    const nowMs = Date.now();
    for (const session of this.sessions.all) {
      const verdict = session.judge(nowMs, () => this.sessions.pingedAtMs(session));
      if (verdict === "fine") continue;
      if (verdict === "too_slow") {
        this.expel(session, TRY_AGAIN_LATER, "too slow: read faster, and acknowledge what is read");
        continue;
      }
      for (const channel of session.channels) session.send(this.#resync(channel, "slow"));
      session.pause(nowMs);
    }
  }

  /** A channel that somebody has, or is about to have. */
  #channel(key: string): LiveChannel {
    const live = this.#live.get(key) ?? this.#make(key);
    this.#live.set(key, live);
    return live;
  }

  #make(key: string): LiveChannel {
    if (key === EVERYTHING) return new Everything(this.#source);
    const [channel, clientId = ""] = key.split(" ") as [Channel, string?];
    const { kind, depth, interval, isConflated } = channelSpec(channel);
    switch (kind) {
      case "book":
        return depth === Number.POSITIVE_INFINITY
          ? new BookChannel(this.#source, channel, isConflated)
          : new DepthChannel(this.#source, channel, depth);
      case "orders":
        return new OrdersChannel(this.#source);
      case "trades":
        return new TradesChannel(this.#source);
      case "ticker":
        return new TickerChannel(this.#source, channel);
      case "candles":
        return new CandlesChannel(this.#source, channel, interval);
      case "status":
        return new StatusChannel(this.#source);
      case "executions":
        return new ExecutionsChannel(this.#source, clientId);
    }
  }
}

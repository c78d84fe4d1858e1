import { CONFLATION_MS } from "../../protocol/feed/feed-channel.ts";
import type { ResyncReason } from "../../protocol/feed/feed-message.ts";
import { Clock } from "../runtime/clock.ts";
import { answerClose, NO_CLOSE } from "./answer-close.ts";
import type { Attachment } from "./attachment.ts";
import type { FeedParts } from "./feed-parts.ts";
import type { LiveChannel, ResumePoint } from "./live-channel.ts";
import { Newcomers } from "./newcomers.ts";
import { Pump, SENDS_A_TURN } from "./pump.ts";
import type { Session } from "./session.ts";
import { EVERYTHING, keyOf, keysOf, Sessions } from "./sessions.ts";
import { SlowClients, TRY_AGAIN_LATER } from "./slow-clients.ts";

const SERVICE_RESTART = 1012;

/**
 * Publishes to subscribers. Each message is formatted once and sent to all subscribers of the channel. A
 * channel without subscribers costs nothing.
 */
export class Feed<C extends LiveChannel> {
  readonly sessions: Sessions;
  readonly #parts: FeedParts<C>;
  readonly #slowClients: SlowClients;
  readonly #live = new Map<string, C>();
  readonly #clock: Clock;
  readonly #pump: Pump;
  /** Channels with unpublished changes that are not due yet, and those of them that wait for the pump. */
  readonly #due = new Set<string>();
  readonly #paced = new Set<string>();
  readonly #newcomers: Newcomers;

  constructor(ctx: DurableObjectState, parts: FeedParts<C>) {
    this.sessions = new Sessions(ctx);
    this.#parts = parts;
    this.#clock = new Clock(ctx);
    const follows = (session: Session, key: string) => this.sessions.subscribersOf(key).has(session);
    this.#pump = new Pump(this.#clock, follows, () => this.#sendPaced());
    this.#newcomers = new Newcomers(this.sessions, this.#clock, {
      channel: (key) => this.channel(key),
      isDue: (key) => this.#due.has(key),
      resync: (session, topic, reason) => this.#resync(session, topic, reason),
      expel: (session, reason) => this.expel(session, TRY_AGAIN_LATER, reason),
    });
    this.#slowClients = new SlowClients(this.sessions, this.#clock, {
      resync: (session) => {
        for (const topic of session.topics) this.#resync(session, topic, "slow");
      },
      begin: (session) => this.#beginAnew(session),
      expel: (session, code, reason) => this.expel(session, code, reason),
    });
  }

  /** Resumes after memory was lost. Chains that cannot continue begin anew. */
  start(): void {
    this.#live.clear();
    for (const key of this.sessions.keys) {
      const channel = this.channel(key);
      if (channel.outlivesMemory) continue;
      for (const session of this.sessions.subscribersOf(key))
        this.#newcomers.begin(session, key, channel.begin());
    }
    this.#slowClients.lookAtAll();
  }

  /** Accepts a subscriber with its first channels. The returned response completes its upgrade. */
  accept(attachment: Attachment, resume: ResumePoint | undefined): Response {
    const { session, response } = this.sessions.accept({
      ...attachment,
      topics: attachment.topics && [],
    });
    if (attachment.topics === null) this.#newcomers.enter(session, EVERYTHING, undefined);
    else this.subscribe(session, attachment.topics, resume);
    return response;
  }

  /** Begins channels for a subscriber, including those that it already has. */
  subscribe(session: Session, topics: readonly string[], resume: ResumePoint | undefined): void {
    const all = [...new Set([...session.topics, ...topics])];
    session.attachment = { ...session.attachment, topics: all };
    for (const topic of topics) this.#newcomers.enter(session, topic, resume);
    this.#slowClients.look(session);
  }

  /** The seconds until a subscriber may begin channels; 0 if it may now. */
  beginSeconds(session: Session): number {
    return session.beginSeconds(this.#clock.nowMs());
  }

  unsubscribe(session: Session, topics: readonly string[]): void {
    const { attachment } = session;
    const left = session.topics.filter((topic) => !topics.includes(topic));
    session.attachment = { ...attachment, topics: left };
    for (const topic of topics) this.#leave(session, keyOf(topic, attachment.clientId));
  }

  /** The channels with subscribers. */
  get live(): Iterable<C> {
    return this.#live.values();
  }

  /**
   * Publishes the changes of all channels in one round, or keeps those of conflated channels until they are
   * due.
   */
  publish(): void {
    const { isBusy } = this.#pump;
    for (const [key, channel] of this.#live) {
      if (this.#due.has(key)) continue;
      if (this.#parts.isConflated(key)) this.#sendLater(key);
      else this.#send(key, channel, isBusy);
    }
    this.#slowClients.lookAtAll();
  }

  /** Processes a subscriber's acknowledgment. */
  acknowledge(session: Session, characters: number): void {
    session.acknowledge(characters);
    this.#slowClients.look(session);
  }

  /** Answers a subscriber, even while it is paused. */
  reply(session: Session, text: string): void {
    session.reply(text);
    this.#slowClients.look(session);
  }

  /** Drops a subscriber whose connection has ended. */
  #remove(session: Session, code: number): void {
    this.#forget(session);
    this.#parts.hasLeft(session, code);
  }

  /** Completes a close that a subscriber began, so that it need not wait. */
  close(socket: WebSocket, code: number): void {
    this.lose(socket, code);
    answerClose(socket, code);
  }

  /** Handles a lost connection. */
  lose(socket: WebSocket, code = NO_CLOSE): void {
    const session = this.sessions.of(socket);
    if (session !== undefined) this.#remove(session, code);
  }

  /** Disconnects a subscriber. */
  expel(session: Session, code: number, reason: string): void {
    this.#remove(session, code);
    session.socket.close(code, reason);
  }

  /** Disconnects every subscriber, so that it reconnects. */
  closeAll(reason: string): void {
    for (const session of [...this.sessions.all]) {
      session.socket.close(SERVICE_RESTART, reason);
      this.#forget(session);
    }
  }

  #forget(session: Session): void {
    this.sessions.remove(session);
    for (const key of keysOf(session.attachment)) this.#leave(session, key);
  }

  /** Begins all channels of a subscriber anew. It gets nothing of a channel until then. */
  #beginAnew(session: Session): void {
    for (const key of keysOf(session.attachment)) this.sessions.leave(session, key);
    for (const topic of session.topics) this.#newcomers.enter(session, topic, undefined);
  }

  #resync(session: Session, topic: string, reason: ResyncReason): void {
    for (const text of this.#parts.resync(topic, reason)) session.send(text);
  }

  #leave(session: Session, key: string): void {
    this.#newcomers.cancel(session, key);
    this.sessions.leave(session, key);
    this.#drop(key);
  }

  #drop(key: string): void {
    const channel = this.#live.get(key);
    if (channel === undefined || this.#newcomers.has(key) || this.sessions.subscribersOf(key).size > 0)
      return;
    this.#live.delete(key);
    this.#parts.hasEnded?.(channel);
  }

  #sendLater(key: string): void {
    this.#due.add(key);
    this.#clock.after(CONFLATION_MS, () => this.#sendDue([key], this.#pump.isBusy));
  }

  #sendPaced(): void {
    const paced = [...this.#paced];
    this.#paced.clear();
    this.#sendDue(paced, false);
  }

  /** Publishes the conflated changes that are due. */
  #sendDue(keys: readonly string[], isBusy: boolean): void {
    for (const key of keys) {
      this.#due.delete(key);
      const channel = this.#live.get(key);
      if (channel === undefined) this.#newcomers.admit(key);
      else this.#send(key, channel, isBusy);
    }
    this.#slowClients.lookAtAll();
  }

  /** @param isBusy whether a round to many subscribers is in progress. */
  #send(key: string, channel: C, isBusy: boolean): void {
    const subscribers = this.sessions.subscribersOf(key);
    if (isBusy && subscribers.size > SENDS_A_TURN) {
      this.#due.add(key);
      this.#paced.add(key);
      return;
    }
    for (const text of channel.next()) this.#pump.send(key, text, subscribers);
    this.#newcomers.admit(key);
  }

  /** A channel that has, or is about to have, subscribers. */
  channel(key: string): C {
    const onReady = () => {
      if (!this.#due.has(key)) this.#newcomers.admit(key);
    };
    const live = this.#live.get(key) ?? this.#parts.make(key, { clock: this.#clock, onReady });
    this.#live.set(key, live);
    return live;
  }
}

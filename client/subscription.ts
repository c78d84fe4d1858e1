import type { Channel } from "../protocol/feed/feed-channel.ts";
import type { ChannelMessage, ResyncMessage } from "../protocol/feed/feed-message.ts";
import { type Joined, PartJoiner } from "../protocol/feed/message-parts.ts";
import { type ChannelState, placeOf } from "./channel-state.ts";
import { type MessageOf, newState, type StateOf } from "./states.ts";

/** Called after a message was taken in. @param texts the message as it came: one text, or one of each part. */
export type Listener<C extends Channel> = (
  state: StateOf<C>,
  message: MessageOf<C>,
  texts: readonly string[],
) => void;

/** How long to wait for the answer to a resume before asking again. */
const PATIENCE_MS = 3_000;

/**
 * One channel of one instrument, followed: every message is held against the chain, and the state against the
 * checksum. A gap is filled by asking for what was missed, a state that is not the venue's is begun anew.
 */
export class Subscription<C extends Channel = Channel> {
  readonly channel: C;
  readonly state: StateOf<C>;
  readonly #listener: Listener<C>;
  readonly #send: (request: object) => void;
  readonly #parts = new PartJoiner<ChannelMessage>();
  #at: { seq: number; epoch: number } | undefined;
  #askedAtMs: number | undefined;
  /** How often something was missing, and how often the state was not the venue's. */
  gaps = 0;
  faults = 0;

  /** @param send sends a request while there is a connection, and does nothing without one. */
  constructor(channel: C, listener: Listener<C>, send: (request: object) => void) {
    this.channel = channel;
    this.state = newState(channel);
    this.#listener = listener;
    this.#send = send;
  }

  /** `seq` of the last message taken in; undefined before the first snapshot. */
  get seq(): number | undefined {
    return this.#at?.seq;
  }

  /** Asks for the channel: from where it was, if it can go on. */
  begin(nowMs: number): void {
    this.#askedAtMs = nowMs;
    const channels = [this.channel];
    const at = this.state.isResumable ? this.#at : undefined;
    const resume = at === undefined ? {} : { resume_from: at.seq, epoch: at.epoch };
    this.#send({ op: "subscribe", channels, ...resume });
  }

  /** Asks again for a channel that has not begun, where the venue did not take it the last time. */
  lookAfter(nowMs: number): void {
    const isWaiting = this.#askedAtMs !== undefined && nowMs - this.#askedAtMs < PATIENCE_MS;
    if (this.#at === undefined && !isWaiting) this.begin(nowMs);
  }

  end(): void {
    this.#send({ op: "unsubscribe", channels: [this.channel] });
  }

  receive(message: ChannelMessage | ResyncMessage, text: string, nowMs: number): void {
    if (message.type === "resync") {
      // A snapshot follows.
      this.#at = undefined;
      return;
    }
    const place = placeOf(message, this.#at);
    if (place === "known") return;
    if (place === "gap") {
      this.#ask(nowMs);
      return;
    }
    const joined = this.#parts.take(message, text);
    if (joined === "lost") this.#ask(nowMs);
    // What is asked for is on its way.
    else if (joined === "more") this.#askedAtMs = nowMs;
    else this.#take(joined, nowMs);
  }

  #take({ message, texts }: Joined<ChannelMessage>, nowMs: number): void {
    const state = this.state as ChannelState;
    state.apply(message, this.#at?.seq ?? 0);
    this.#at = { seq: message.seq, epoch: message.epoch };
    this.#askedAtMs = undefined;
    if (state.isProven(message)) this.#listener(this.state, message as MessageOf<C>, texts);
    else {
      this.faults++;
      this.#at = undefined;
      this.begin(nowMs);
    }
  }

  /** Asks for what is missing, unless that is under way. */
  #ask(nowMs: number): void {
    if (this.#askedAtMs !== undefined && nowMs - this.#askedAtMs < PATIENCE_MS) return;
    this.gaps++;
    this.begin(nowMs);
  }
}

import type { Channel } from "../protocol/feed/feed-channel.ts";
import type { ChannelMessage, ResyncMessage } from "../protocol/feed/feed-message.ts";
import { type Joined, PartJoiner } from "../protocol/feed/message-parts.ts";
import { type ChannelState, placeOf } from "./channel-state.ts";
import { type MessageOf, newState, type StateOf } from "./states.ts";

/** Called after a message was applied. @param texts the message as received: one text, or one per part. */
export type Listener<C extends Channel> = (
  state: StateOf<C>,
  message: MessageOf<C>,
  texts: readonly string[],
) => void;

/** How long to wait for the answer to a resume before repeating it. */
const PATIENCE_MS = 3_000;

/**
 * A followed channel of one instrument. Every message is checked against the chain, and the state against the
 * checksum. The subscription resumes after a gap, and starts again with a snapshot if the state differs from
 * the venue's.
 */
export class Subscription<C extends Channel = Channel> {
  readonly channel: C;
  readonly state: StateOf<C>;
  readonly #listener: Listener<C>;
  readonly #send: (request: object) => void;
  readonly #parts = new PartJoiner<ChannelMessage>();
  #at: { seq: number; epoch: number } | undefined;
  #askedAtMs: number | undefined;
  /** The number of gaps, and the number of differences from the venue's state. */
  gaps = 0;
  faults = 0;

  /** @param send sends a request if there is a connection, and does nothing otherwise. */
  constructor(channel: C, listener: Listener<C>, send: (request: object) => void) {
    this.channel = channel;
    this.state = newState(channel);
    this.#listener = listener;
    this.#send = send;
  }

  /** `seq` of the last applied message; undefined before the first snapshot. */
  get seq(): number | undefined {
    return this.#at?.seq;
  }

  /** Subscribes to the channel, from its last position if it can resume. */
  begin(nowMs: number): void {
    this.#askedAtMs = nowMs;
    const channels = [this.channel];
    const at = this.state.isResumable ? this.#at : undefined;
    const resume = at === undefined ? {} : { resume_from: at.seq, epoch: at.epoch };
    this.#send({ op: "subscribe", channels, ...resume });
  }

  /** Subscribes again if the venue did not accept the last request. */
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
    // The requested messages are arriving.
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

  /** Requests what is missing, unless that is already under way. */
  #ask(nowMs: number): void {
    if (this.#askedAtMs !== undefined && nowMs - this.#askedAtMs < PATIENCE_MS) return;
    this.gaps++;
    this.begin(nowMs);
  }
}

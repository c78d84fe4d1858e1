import type { ChannelState } from "../../client/channel-state.ts";
import type { Client } from "../../client/client.ts";
import type { Channel } from "../../protocol/feed/feed-channel.ts";
import type { ChannelMessage } from "../../protocol/feed/feed-message.ts";
import { textsOf } from "../../protocol/feed/message-parts.ts";
import type { Beginning } from "../feed/beginning.ts";
import type { LiveChannel, Resumed, ResumePoint } from "../feed/live-channel.ts";
import { type Making, SharedBeginning } from "../feed/shared-beginning.ts";
import { mergeMessages } from "./merge.ts";
import { itemCount, snapshotCopy } from "./snapshot.ts";

/** The number of recent messages kept for subscribers that resume. */
const FRAMES_MAX = 2_000;
const FRAMES_LENGTH_MAX = 4 * 1024 * 1024;

interface Frame {
  readonly message: ChannelMessage;
  /** One text, or one per part. */
  readonly texts: readonly string[];
}

/**
 * A channel as a relay publishes it. The relay follows it like any subscriber, checks every message against
 * chain and checksum, and passes it on unchanged. A later subscriber begins with a snapshot that the relay
 * makes.
 */
export class RelayedChannel implements LiveChannel {
  readonly outlivesMemory = false;
  readonly #client: Client;
  readonly #channel: Channel;
  #state: ChannelState | undefined;
  #last: ChannelMessage | undefined;
  readonly #untold: Frame[] = [];
  #frames: Frame[] = [];
  #framesLength = 0;
  readonly #beginning: SharedBeginning;

  /** @param onFrame called when there is something to publish. */
  constructor(client: Client, channel: Channel, onFrame: () => void, making: Making) {
    this.#beginning = new SharedBeginning(making);
    this.#client = client;
    this.#channel = channel;
    client.subscribe(channel, (state, message, texts) => {
      this.#take(state as unknown as ChannelState, { message, texts });
      onFrame();
    });
  }

  /** Undefined before the first message. */
  get epoch(): number | undefined {
    return this.#last?.epoch;
  }

  begin(): Beginning | undefined {
    const [state, last] = [this.#state, this.#last];
    return state === undefined || last === undefined
      ? []
      : this.#beginning.take(
          () => itemCount(state),
          () => snapshotCopy(state, last),
        );
  }

  next(): string[] {
    const texts = this.#untold.splice(0).flatMap((frame) => frame.texts);
    this.#beginning.add(texts);
    return texts;
  }

  /** A subscriber that cannot resume begins anew. */
  resume({ seq, epoch }: ResumePoint): Resumed {
    const last = this.#last;
    // The first snapshot has not arrived yet. All subscribers will get it.
    if (last === undefined) return { texts: [] };
    if (this.#state?.isResumable !== true) return { texts: this.begin() };
    if (last.epoch !== epoch) return { reason: "epoch_changed" };
    if (seq > last.seq) return { reason: "ahead" };
    if (seq === last.seq) return { texts: [] };
    const from = this.#frames.findIndex(({ message }) => message.seq > seq);
    const first = this.#frames[from]?.message;
    if (first === undefined || first.prev_seq === null || first.prev_seq > seq) return { reason: "too_old" };
    return { texts: this.#frames.slice(from).flatMap(({ texts }) => texts) };
  }

  /** Stops following the channel. */
  end(): void {
    this.#client.unsubscribe(this.#channel);
  }

  #take(state: ChannelState, frame: Frame): void {
    this.#state = state;
    this.#last = frame.message;
    this.#addUntold(frame);
    if (frame.message.type === "snapshot") {
      this.#frames = [];
      this.#framesLength = 0;
      return;
    }
    this.#frames.push(frame);
    this.#framesLength += lengthOf(frame);
    while (this.#frames.length > FRAMES_MAX || this.#framesLength > FRAMES_LENGTH_MAX)
      this.#framesLength -= lengthOf(this.#frames.shift());
  }

  /** Merges unpublished messages into as few as possible. */
  #addUntold(frame: Frame): void {
    const last = this.#untold.at(-1);
    const message = last && mergeMessages(last.message, frame.message);
    if (message === undefined) this.#untold.push(frame);
    else this.#untold[this.#untold.length - 1] = new MergedFrame(message);
  }
}

function lengthOf(frame: Frame | undefined): number {
  return frame?.texts.reduce((sum, text) => sum + text.length, 0) ?? 0;
}

/** A message whose texts are formatted when they are first needed. */
class MergedFrame implements Frame {
  readonly message: ChannelMessage;
  #texts: readonly string[] | undefined;

  constructor(message: ChannelMessage) {
    this.message = message;
  }

  get texts(): readonly string[] {
    this.#texts ??= textsOf(this.message);
    return this.#texts;
  }
}

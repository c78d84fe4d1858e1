import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource } from "./source.ts";

/** A channel whose every message is complete. It has a message whenever the content changes. */
export class LatestChannel implements InstrumentChannel {
  readonly outlivesMemory = false;
  readonly #source: FeedSource;
  readonly #channel: string;
  readonly #now: () => object;
  readonly #isByEventsAlone: boolean;
  #told: string;
  #seq: number;

  /**
   * @param now returns the current content.
   * @param isByEventsAlone whether the content counts as changed only if there was an event.
   */
  constructor(source: FeedSource, channel: string, now: () => object, isByEventsAlone: boolean) {
    this.#source = source;
    this.#channel = channel;
    this.#now = now;
    this.#isByEventsAlone = isByEventsAlone;
    this.#told = JSON.stringify(now());
    this.#seq = source.book.sequence;
  }

  /** Begins with the current content, which time alone may have changed since the last message. */
  begin(): string[] {
    return [this.#message(this.#seq, null, JSON.stringify(this.#now()))];
  }

  note(): void {}

  next(): string[] {
    const { sequence } = this.#source.book;
    if (this.#isByEventsAlone && sequence === this.#seq) return [];
    const now = JSON.stringify(this.#now());
    if (now === this.#told) return [];
    this.#told = now;
    const text = this.#message(sequence, this.#seq, now);
    this.#seq = sequence;
    return [text];
  }

  /** @param told the content, as JSON. */
  #message(seq: number, prevSeq: number | null, told: string): string {
    const head = JSON.stringify(envelope(this.#source, this.#channel, seq, prevSeq));
    return `${head.slice(0, -1)},${told.slice(1)}`;
  }
}

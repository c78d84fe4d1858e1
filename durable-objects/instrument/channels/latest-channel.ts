import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource } from "./source.ts";

/** A channel of which every message says all there is: a message whenever that is other than before. */
export class LatestChannel implements InstrumentChannel {
  readonly outlivesMemory = false;
  readonly #source: FeedSource;
  readonly #channel: string;
  readonly #now: () => object;
  readonly #isByEventsAlone: boolean;
  #told: string;
  #seq: number;

  /**
   * @param now what there is to say.
   * @param isByEventsAlone whether it only counts as changed when there was an event.
   */
  constructor(source: FeedSource, channel: string, now: () => object, isByEventsAlone: boolean) {
    this.#source = source;
    this.#channel = channel;
    this.#now = now;
    this.#isByEventsAlone = isByEventsAlone;
    this.#told = JSON.stringify(now());
    this.#seq = source.book.sequence;
  }

  /** With what there is to say by now, which time alone may have changed since it was told. */
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

  /** @param told what is told, as JSON. */
  #message(seq: number, prevSeq: number | null, told: string): string {
    const head = JSON.stringify(envelope(this.#source, this.#channel, seq, prevSeq));
    return `${head.slice(0, -1)},${told.slice(1)}`;
  }
}

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

  begin(): string[] {
    return [this.#message(this.#seq, null)];
  }

  note(): void {}

  next(): string | undefined {
    const { sequence } = this.#source.book;
    if (this.#isByEventsAlone && sequence === this.#seq) return undefined;
    const now = JSON.stringify(this.#now());
    if (now === this.#told) return undefined;
    this.#told = now;
    const text = this.#message(sequence, this.#seq);
    this.#seq = sequence;
    return text;
  }

  /** What is told is JSON already. */
  #message(seq: number, prevSeq: number | null): string {
    const head = JSON.stringify(envelope(this.#source, this.#channel, seq, prevSeq));
    return `${head.slice(0, -1)},${this.#told.slice(1)}`;
  }
}

import { statusView } from "../status-view.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource } from "./source.ts";

/** What the instrument takes, and what its auction would come to: a message whenever that is other than before. */
export class StatusChannel implements InstrumentChannel {
  readonly outlivesMemory = false;
  readonly #source: FeedSource;
  #told: string;
  #seq: number;

  constructor(source: FeedSource) {
    this.#source = source;
    this.#told = this.#now();
    this.#seq = source.book.sequence;
  }

  begin(): string[] {
    return [this.#message(this.#seq, null)];
  }

  note(): void {}

  next(): string | undefined {
    const now = this.#now();
    if (now === this.#told) return undefined;
    this.#told = now;
    const { sequence } = this.#source.book;
    const text = this.#message(sequence, this.#seq);
    this.#seq = sequence;
    return text;
  }

  #now(): string {
    const { spec, book, availability } = this.#source;
    const { trading_status, until, indicative } = statusView(spec, 0, book, availability);
    return JSON.stringify({ trading_status, until, indicative });
  }

  #message(seq: number, prevSeq: number | null): string {
    return JSON.stringify({ ...envelope(this.#source, "status", seq, prevSeq), ...JSON.parse(this.#told) });
  }
}

import { MarketStatistics } from "../../analytics/market-statistics.ts";
import { tickerView } from "../../analytics/views.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource } from "./source.ts";

/** The best prices and the last day: a message whenever a flush has changed any of it. */
export class TickerChannel implements InstrumentChannel {
  readonly outlivesMemory = false;
  readonly #source: FeedSource;
  readonly #channel: string;
  #told: string;
  #seq: number;

  constructor(source: FeedSource, channel: string) {
    this.#source = source;
    this.#channel = channel;
    this.#told = this.#now();
    this.#seq = source.book.sequence;
  }

  begin(): string[] {
    return [this.#message(this.#seq, null)];
  }

  note(): void {}

  next(): string | undefined {
    const { sequence } = this.#source.book;
    if (sequence === this.#seq) return undefined;
    const now = this.#now();
    if (now === this.#told) return undefined;
    this.#told = now;
    const text = this.#message(sequence, this.#seq);
    this.#seq = sequence;
    return text;
  }

  #now(): string {
    const { spec, analytics, book } = this.#source;
    const market = analytics.at(book.timeMs) ?? MarketStatistics.startingAt(book.timeMs, true);
    return JSON.stringify(tickerView(spec, market));
  }

  /** What is told is JSON already. */
  #message(seq: number, prevSeq: number | null): string {
    const head = JSON.stringify(envelope(this.#source, this.#channel, seq, prevSeq));
    return `${head.slice(0, -1)},${this.#told.slice(1)}`;
  }
}

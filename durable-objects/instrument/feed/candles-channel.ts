import type { CandleInterval } from "../../../protocol/analytics.ts";
import { candleView } from "../../analytics/views.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource, Step } from "./source.ts";

/** The candle that an interval is at: a message for each flush with a trade. The first of the next ends the last. */
export class CandlesChannel implements InstrumentChannel {
  readonly outlivesMemory = false;
  readonly #source: FeedSource;
  readonly #channel: string;
  readonly #interval: CandleInterval;
  #isDue = false;
  #seq: number;

  constructor(source: FeedSource, channel: string, interval: CandleInterval) {
    this.#source = source;
    this.#channel = channel;
    this.#interval = interval;
    this.#seq = source.book.sequence;
  }

  begin(): string[] {
    return [this.#message(this.#seq, null)];
  }

  note({ flush }: Step): void {
    this.#isDue ||= flush.trades.length > 0;
  }

  next(): string | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    const { sequence } = this.#source.book;
    const text = this.#message(sequence, this.#seq);
    this.#seq = sequence;
    return text;
  }

  #message(seq: number, prevSeq: number | null): string {
    const { spec, analytics } = this.#source;
    const candle = analytics.candle(this.#interval);
    const view = candle === undefined ? null : candleView(spec, candle);
    return JSON.stringify({ ...envelope(this.#source, this.#channel, seq, prevSeq), candle: view });
  }
}

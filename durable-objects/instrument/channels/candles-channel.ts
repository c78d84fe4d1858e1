import type { CandleInterval } from "../../../protocol/candle-interval.ts";
import type { Candle } from "../../analytics/candle.ts";
import { candleView } from "../../analytics/views.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import type { FeedSource, FlushStep } from "./source.ts";

/**
 * The current candle of an interval: a message for each flush with a trade. The first trade of a new candle
 * ends the candle before.
 */
export class CandlesChannel implements InstrumentChannel {
  readonly outlivesMemory = false;
  readonly #source: FeedSource;
  readonly #channel: string;
  readonly #interval: CandleInterval;
  /** Unpublished candles: the current one, and those that ended before it. */
  readonly #untold: { candle: Candle; seq: number }[] = [];
  #seq: number;

  constructor(source: FeedSource, channel: string, interval: CandleInterval) {
    this.#source = source;
    this.#channel = channel;
    this.#interval = interval;
    this.#seq = source.book.sequence;
  }

  begin(): string[] {
    return [this.#message(this.#seq, null, this.#source.analytics.candle(this.#interval))];
  }

  note({ flush }: FlushStep): void {
    const candle = this.#source.analytics.candle(this.#interval);
    if (flush.trades.length === 0 || candle === undefined) return;
    const last = this.#untold.at(-1);
    const seq = this.#source.book.sequence;
    if (last?.candle.startMs === candle.startMs) Object.assign(last, { candle, seq });
    else this.#untold.push({ candle, seq });
  }

  next(): string[] {
    return this.#untold.splice(0).map(({ seq, candle }) => {
      const text = this.#message(seq, this.#seq, candle);
      this.#seq = seq;
      return text;
    });
  }

  #message(seq: number, prevSeq: number | null, candle: Candle | undefined): string {
    const { spec } = this.#source;
    const view = candle === undefined ? null : candleView(spec, candle);
    return JSON.stringify({ ...envelope(this.#source, this.#channel, seq, prevSeq), candle: view });
  }
}

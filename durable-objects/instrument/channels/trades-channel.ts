import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import { FIRST_TRADES_MAX } from "../../feed/first-messages.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { storedTradeView } from "../../journal/restore.ts";
import { envelope, eventsSince, type InstrumentChannel } from "./channel.ts";
import type { FeedSource, FlushStep } from "./source.ts";

/** Every trade: a message for each flush with a trade. Its `seq` is that of the last trade. */
export class TradesChannel implements InstrumentChannel {
  readonly outlivesMemory = true;
  readonly #source: FeedSource;
  #trades: TradeView[] = [];
  #seq: number;

  constructor(source: FeedSource) {
    this.#source = source;
    this.#seq = source.recentTrades.at(-1)?.sequence ?? 0;
  }

  begin(): string[] {
    const trades = this.#source.recentTrades.slice(-FIRST_TRADES_MAX);
    return this.#message(this.#seq, null, trades);
  }

  note({ flush }: FlushStep): void {
    for (const trade of flush.trades) this.#trades.push(trade);
  }

  next(): string[] {
    const trades = this.#trades;
    const seq = trades.at(-1)?.sequence;
    if (seq === undefined) return [];
    const texts = this.#message(seq, this.#seq, trades);
    this.#seq = seq;
    this.#trades = [];
    return texts;
  }

  resume(from: ResumePoint): Resumed {
    const events = eventsSince(this.#source, from);
    if (typeof events === "string") return { reason: events };
    const { spec, journal } = this.#source;
    const trades = events.filter((event) => event.kind === "traded");
    const views = trades.map((trade) => storedTradeView(spec, journal, trade));
    return { texts: this.#message(this.#seq, from.seq, views) };
  }

  #message(seq: number, prevSeq: number | null, trades: readonly TradeView[]): string[] {
    return messageTexts(envelope(this.#source, "trades", seq, prevSeq), { trades });
  }
}

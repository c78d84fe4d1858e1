import type { Event } from "../../../engine/vocabulary/event.ts";
import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { TradeView } from "../../../protocol/market-data.ts";
import { FIRST_TRADES_MAX } from "../../feed/first-messages.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { type Copied, listed, type Making } from "../../feed/shared-beginning.ts";
import { storedTradeViews } from "../../journal/restore.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import { type Changes, Resumptions } from "./resumptions.ts";
import type { FeedSource, FlushStep } from "./source.ts";

/** Every trade: a message for each flush with a trade. Its `seq` is that of the last trade. */
export class TradesChannel implements InstrumentChannel {
  readonly outlivesMemory = true;
  readonly #source: FeedSource;
  #trades: TradeView[] = [];
  readonly #resumptions: Resumptions;
  #seq: number;

  constructor(source: FeedSource, making: Making) {
    this.#resumptions = new Resumptions(source, making, ({ seq }) => {
      return new MissedTrades(source, () => envelope(source, "trades", this.#seq, seq));
    });
    this.#source = source;
    this.#seq = source.recentTrades.at(-1)?.sequence ?? 0;
  }

  begin(): string[] {
    const trades = this.#source.recentTrades.slice(-FIRST_TRADES_MAX);
    return this.#message(this.#seq, null, trades);
  }

  note({ flush }: FlushStep): void {
    for (const trade of flush.trades) this.#trades.push(trade);
    this.#resumptions.note();
  }

  next(): string[] {
    const trades = this.#trades;
    const seq = trades.at(-1)?.sequence;
    if (seq === undefined) return [];
    const texts = this.#message(seq, this.#seq, trades);
    this.#seq = seq;
    this.#trades = [];
    this.#resumptions.add(texts);
    return texts;
  }

  resume(from: ResumePoint): Resumed {
    return this.#resumptions.resume(from);
  }

  #message(seq: number, prevSeq: number | null, trades: readonly TradeView[]): string[] {
    return messageTexts(envelope(this.#source, "trades", seq, prevSeq), { trades });
  }
}

/** The trades among events. */
class MissedTrades implements Changes {
  readonly #source: FeedSource;
  readonly #head: () => object;
  readonly #trades: TradeView[] = [];

  /** @param head the fields of the update beside the trades. */
  constructor(source: FeedSource, head: () => object) {
    this.#source = source;
    this.#head = head;
  }

  add(events: readonly Event[]): void {
    const { spec, journal } = this.#source;
    const trades = events.filter((event) => event.kind === "traded");
    for (const view of storedTradeViews(spec, journal, trades)) this.#trades.push(view);
  }

  get count(): number {
    return this.#trades.length;
  }

  copy(): Copied {
    return { head: this.#head(), lists: [listed("trades", [...this.#trades])] };
  }
}

import { levelsMemory } from "../../../engine/book/book-copy.ts";
import { textsOf } from "../../../protocol/feed/message-parts.ts";
import { isoTime } from "../../../protocol/iso-time.ts";
import type { TradeView, UpdateMessage } from "../../../protocol/market-data.ts";
import type { Beginning } from "../../feed/beginning.ts";
import { type Making, SharedBeginning } from "../../feed/shared-beginning.ts";
import { orderBookView } from "../../records/book-view.ts";
import { isPublic, type OrderRecord } from "../../records/order-record.ts";
import { orderUpdateView } from "../../records/order-view.ts";
import type { InstrumentChannel } from "./channel.ts";
import { copiedLevels, levelCount } from "./copied.ts";
import { type FeedSource, type FlushStep, TouchedPrices } from "./source.ts";

/** The plain stream: trades, orders and levels, in one message per flush. */
export class Everything implements InstrumentChannel {
  readonly outlivesMemory = true;
  readonly #source: FeedSource;
  #trades: TradeView[] = [];
  /** The orders that changed since the last message, each in its latest state. */
  readonly #orders = new Map<number, OrderRecord>();
  readonly #touched = new TouchedPrices();
  readonly #beginning: SharedBeginning;
  #seq: number;

  constructor(source: FeedSource, making: Making) {
    this.#beginning = new SharedBeginning(making);
    this.#source = source;
    this.#seq = source.book.sequence;
  }

  begin(): Beginning | undefined {
    return this.#beginning.take(
      () => levelCount(this.#source),
      (memory) => {
        const { spec, journal, book, checksum } = this.#source;
        const { sequence, time, instrument, epoch } = orderBookView(spec, journal.epoch(), book, 0);
        const head = { type: "snapshot", instrument, epoch, time, seq: sequence, checksum };
        return { head, lists: copiedLevels(this.#source, memory) };
      },
      () => levelsMemory(this.#source.book),
    );
  }

  note(step: FlushStep): void {
    const { flush } = step;
    for (const trade of flush.trades) this.#trades.push(trade);
    for (const order of flush.orders) this.#orders.set(order.orderNumber, order);
    this.#touched.add(step);
  }

  next(): string[] {
    const { spec, journal, book, checksum } = this.#source;
    if (book.sequence === this.#seq) return [];
    const update: UpdateMessage = {
      type: "update",
      instrument: spec.instrument,
      epoch: journal.epoch(),
      seq: book.sequence,
      prev_seq: this.#seq,
      time: isoTime(book.timeMs),
      trades: this.#trades,
      orders: [...this.#orders.values()].filter(isPublic).map((record) => orderUpdateView(spec, record)),
      ...this.#touched.take(this.#source),
      checksum,
    };
    this.#trades = [];
    this.#orders.clear();
    this.#seq = book.sequence;
    const texts = textsOf(update);
    this.#beginning.add(texts);
    return texts;
  }
}

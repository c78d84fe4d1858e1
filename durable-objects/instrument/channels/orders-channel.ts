import { queuesMemory } from "../../../engine/book/book-copy.ts";
import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { Beginning } from "../../feed/beginning.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { type Making, SharedBeginning } from "../../feed/shared-beginning.ts";
import type { OrderRecord } from "../../records/order-record.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import { copiedQueues } from "./copied.ts";
import { changedOrders, OrderChanges, orderChange, publishedOrder } from "./order-changes.ts";
import { Resumptions } from "./resumptions.ts";
import type { FeedSource, FlushStep } from "./source.ts";

/**
 * Every resting order, without its owner, in the order of its queue: a message for each flush with an effect.
 */
export class OrdersChannel implements InstrumentChannel {
  readonly outlivesMemory = true;
  readonly #source: FeedSource;
  /** The orders that changed since the last message, each in its latest state. */
  readonly #changed = new Map<number, OrderRecord>();
  readonly #beginning: SharedBeginning;
  readonly #resumptions: Resumptions;
  #seq: number;

  constructor(source: FeedSource, making: Making) {
    this.#beginning = new SharedBeginning(making);
    this.#resumptions = new Resumptions(source, making, ({ seq }) => {
      return new OrderChanges(source, seq, () => this.#head(seq));
    });
    this.#source = source;
    this.#seq = source.book.sequence;
  }

  begin(): Beginning | undefined {
    const { book } = this.#source;
    return this.#beginning.take(
      () => book.restingCount,
      (memory) => {
        return { head: this.#head(null), lists: copiedQueues(this.#source, memory) };
      },
      () => queuesMemory(book),
    );
  }

  note({ flush }: FlushStep): void {
    for (const order of flush.orders) this.#changed.set(order.orderNumber, order);
    this.#resumptions.note();
  }

  next(): string[] {
    const { sequence } = this.#source.book;
    if (sequence === this.#seq) return [];
    const texts = this.#message(this.#seq, [...this.#changed.values()]);
    this.#changed.clear();
    this.#seq = sequence;
    this.#beginning.add(texts);
    this.#resumptions.add(texts);
    return texts;
  }

  resume(from: ResumePoint): Resumed {
    return this.#resumptions.resume(from);
  }

  #message(prevSeq: number, orders: readonly OrderRecord[]): string[] {
    const changed = changedOrders(this.#source.book, orders.map(publishedOrder), prevSeq);
    return messageTexts(this.#head(prevSeq), {
      orders: changed.map((order) => orderChange(this.#source.spec, order)),
    });
  }

  #head(prevSeq: number | null): object {
    const { book, checksum } = this.#source;
    return { ...envelope(this.#source, "orders", book.sequence, prevSeq), checksum };
  }
}

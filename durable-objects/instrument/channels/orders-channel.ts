import { NONE } from "../../../engine/book/integer-map.ts";
import { ordersNamed } from "../../../engine/vocabulary/event.ts";
import { BUY } from "../../../engine/vocabulary/units.ts";
import { formatSteps } from "../../../protocol/decimal.ts";
import type { OrderChange } from "../../../protocol/feed/feed-message.ts";
import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { Beginning } from "../../feed/beginning.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { type Making, SharedBeginning } from "../../feed/shared-beginning.ts";
import { isPublic, type OrderRecord } from "../../records/order-record.ts";
import { envelope, eventsSince, type InstrumentChannel } from "./channel.ts";
import { copiedQueues } from "./copied.ts";
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
  #seq: number;

  constructor(source: FeedSource, making: Making) {
    this.#beginning = new SharedBeginning(making);
    this.#source = source;
    this.#seq = source.book.sequence;
  }

  begin(): Beginning | undefined {
    const { book } = this.#source;
    return this.#beginning.take(
      () => book.restingCount,
      (isReadLater) => {
        const { checksum } = this.#source;
        const head = { ...envelope(this.#source, "orders", book.sequence, null), checksum };
        return { head, lists: copiedQueues(this.#source, isReadLater) };
      },
    );
  }

  note({ flush }: FlushStep): void {
    for (const order of flush.orders) this.#changed.set(order.orderNumber, order);
  }

  next(): string[] {
    const { sequence } = this.#source.book;
    if (sequence === this.#seq) return [];
    const texts = this.#message(this.#seq, [...this.#changed.values()]);
    this.#changed.clear();
    this.#seq = sequence;
    this.#beginning.add(texts);
    return texts;
  }

  resume(from: ResumePoint): Resumed {
    const events = eventsSince(this.#source, from);
    if (typeof events === "string") return { reason: events };
    const { orders } = this.#source.journal;
    const named = [...new Set(events.flatMap(ordersNamed))];
    const records = named.flatMap((orderNumber) => orders.read(orderNumber) ?? []);
    return { texts: this.#message(from.seq, records) };
  }

  #message(prevSeq: number, orders: readonly OrderRecord[]): string[] {
    const { book, checksum } = this.#source;
    // The order that moved to the back last comes last.
    const inTurn = orders.toSorted((a, b) => a.priority - b.priority);
    const changes = inTurn.flatMap((order) => this.#change(order, prevSeq) ?? []);
    const head = { ...envelope(this.#source, "orders", book.sequence, prevSeq), checksum };
    return messageTexts(head, { orders: changes });
  }

  /** The published state of an order; undefined for an order that was never, and will not be, published. */
  #change(order: OrderRecord, prevSeq: number): OrderChange | undefined {
    const { spec, book } = this.#source;
    const { orderNumber, side, priceTicks, priority } = order;
    const slot = book.slotOf(orderNumber);
    const isResting = slot !== NONE && !book.orders.isWaiting(slot);
    const isKnown = isResting || (orderNumber <= prevSeq && isPublic(order));
    if (priceTicks === null || !isKnown) return undefined;
    return {
      order: orderNumber,
      side: side === BUY ? "buy" : "sell",
      price: formatSteps(priceTicks, spec.tick),
      quantity: formatSteps(isResting ? book.orders.shownLots(slot) : 0, spec.lot),
      is_last: isResting && priority > prevSeq,
    };
  }
}

import { NONE } from "../../../engine/book/integer-map.ts";
import type { OrderBook } from "../../../engine/book/order-book.ts";
import { type Event, ordersNamed } from "../../../engine/vocabulary/event.ts";
import { BUY, type Side } from "../../../engine/vocabulary/units.ts";
import { formatSteps } from "../../../protocol/decimal.ts";
import type { OrderChange } from "../../../protocol/feed/feed-message.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Copied } from "../../feed/shared-beginning.ts";
import { isPublic, type OrderRecord } from "../../records/order-record.ts";
import type { Changes } from "./resumptions.ts";
import type { FeedSource } from "./source.ts";

/** The part of an order that the channel depends on. */
interface PublishedOrder {
  readonly orderNumber: number;
  readonly side: Side;
  readonly priceTicks: number | null;
  readonly priority: number;
  readonly isPublic: boolean;
}

/** An order with its state in the book. */
interface ChangedOrder {
  readonly orderNumber: number;
  readonly side: Side;
  readonly priceTicks: number;
  /** Zero for an order that does not rest any more. */
  readonly shownLots: number;
  readonly isLast: boolean;
}

export function publishedOrder(order: OrderRecord): PublishedOrder {
  const { orderNumber, side, priceTicks, priority } = order;
  return { orderNumber, side, priceTicks, priority, isPublic: isPublic(order) };
}

/**
 * The state in the book of those orders that are published, or were. The order that moved to the back last
 * comes last.
 */
export function changedOrders(
  book: OrderBook,
  orders: Iterable<PublishedOrder>,
  prevSeq: number,
): ChangedOrder[] {
  const changed: ChangedOrder[] = [];
  for (const order of [...orders].sort((a, b) => a.priority - b.priority)) {
    const { orderNumber, side, priceTicks, priority } = order;
    const slot = book.slotOf(orderNumber);
    const isResting = slot !== NONE && !book.orders.isWaiting(slot);
    const isKnown = isResting || (orderNumber <= prevSeq && order.isPublic);
    if (priceTicks === null || !isKnown) continue;
    const shownLots = isResting ? book.orders.shownLots(slot) : 0;
    changed.push({ orderNumber, side, priceTicks, shownLots, isLast: isResting && priority > prevSeq });
  }
  return changed;
}

/** A changed order as it is published. */
export function orderChange(spec: InstrumentSpec, order: ChangedOrder): OrderChange {
  return {
    order: order.orderNumber,
    side: order.side === BUY ? "buy" : "sell",
    price: formatSteps(order.priceTicks, spec.tick),
    quantity: formatSteps(order.shownLots, spec.lot),
    is_last: order.isLast,
  };
}

/** The orders that events have changed. */
export class OrderChanges implements Changes {
  readonly #source: FeedSource;
  readonly #prevSeq: number;
  readonly #head: () => object;
  /** Each as it was after the last event that named it. */
  readonly #orders = new Map<number, PublishedOrder>();

  /** @param head the fields of the update beside the orders. */
  constructor(source: FeedSource, prevSeq: number, head: () => object) {
    this.#source = source;
    this.#prevSeq = prevSeq;
    this.#head = head;
  }

  add(events: readonly Event[]): void {
    const { orders } = this.#source.journal;
    for (const order of orders.readStored(new Set(events.flatMap(ordersNamed))).values())
      this.#orders.set(order.orderNumber, publishedOrder(order));
  }

  get count(): number {
    return this.#orders.size;
  }

  copy(): Copied {
    const { book, spec } = this.#source;
    const changed = changedOrders(book, this.#orders.values(), this.#prevSeq);
    const texts = function* (): Generator<string> {
      for (const order of changed) yield JSON.stringify(orderChange(spec, order));
    };
    return { head: this.#head(), lists: [{ name: "orders", texts }] };
  }
}

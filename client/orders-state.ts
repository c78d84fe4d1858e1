import { bookChecksum, CHECKSUM_LEVELS } from "../protocol/feed/book-checksum.ts";
import type { OrdersMessage, QueuedOrder } from "../protocol/feed/feed-message.ts";
import { isZero } from "./book-state.ts";
import type { ChannelState } from "./channel-state.ts";

/** One side's orders by price, each price in the order of matching. */
class Queues {
  readonly #byPrice = new Map<string, Map<number, QueuedOrder>>();
  readonly #priceOf = new Map<number, string>();

  /** Puts an order at the back of its price, or changes it in place. Quantity zero removes it. */
  set(order: QueuedOrder, isLast: boolean): void {
    const price = this.#priceOf.get(order.order);
    if (price !== undefined && (price !== order.price || isLast || isZero(order.quantity)))
      this.#take(order.order, price);
    if (isZero(order.quantity)) return;
    const queue = this.#byPrice.get(order.price) ?? new Map();
    this.#byPrice.set(order.price, queue.set(order.order, order));
    this.#priceOf.set(order.order, order.price);
  }

  /** The prices, sorted. @param sign as for a side of the book. */
  prices(sign: number): string[] {
    return [...this.#byPrice.keys()].sort((a, b) => sign * (Number(a) - Number(b)));
  }

  at(price: string): QueuedOrder[] {
    return [...(this.#byPrice.get(price)?.values() ?? [])];
  }

  #take(order: number, price: string): void {
    const queue = this.#byPrice.get(price);
    queue?.delete(order);
    if (queue?.size === 0) this.#byPrice.delete(price);
    this.#priceOf.delete(order);
  }
}

/** Every resting order, as the `orders` channel publishes it. */
export class OrdersState implements ChannelState<OrdersMessage> {
  readonly isResumable = true;
  #bids = new Queues();
  #asks = new Queues();

  /** Best price first, and within a price in the order of matching. */
  get bids(): QueuedOrder[] {
    return this.#bids.prices(-1).flatMap((price) => this.#bids.at(price));
  }

  get asks(): QueuedOrder[] {
    return this.#asks.prices(1).flatMap((price) => this.#asks.at(price));
  }

  apply(message: OrdersMessage): void {
    if (message.type === "snapshot") {
      [this.#bids, this.#asks] = [new Queues(), new Queues()];
      for (const order of message.bids) this.#bids.set(order, true);
      for (const order of message.asks) this.#asks.set(order, true);
      return;
    }
    for (const { side, is_last, ...order } of message.orders)
      (side === "buy" ? this.#bids : this.#asks).set(order, is_last);
  }

  isProven({ checksum }: OrdersMessage): boolean {
    return bookChecksum(topOf(this.#bids, -1), topOf(this.#asks, 1)) === checksum;
  }
}

function topOf(queues: Queues, sign: number): { price: string; quantity: string }[] {
  return queues
    .prices(sign)
    .slice(0, CHECKSUM_LEVELS)
    .map((price) => ({ price, quantity: sumOf(queues.at(price).map(({ quantity }) => quantity)) }));
}

/** The exact sum of decimals of the same scale. */
function sumOf(decimals: readonly string[]): string {
  const sum = decimals.reduce((total, decimal) => total + BigInt(decimal.replace(".", "")), 0n);
  // The checksum uses the digits without the point.
  return sum.toString();
}

import { BUY, SELL, type Side } from "../vocabulary/units.ts";
import type { BookSide } from "./book-side.ts";
import type { OpenOrders } from "./open-orders.ts";
import type { OrderStore } from "./order-store.ts";

/** What is read of the levels of a book or a copy of one. */
export type Levels = Pick<OpenOrders, "side">;
/** The same of its resting orders. */
export type Queues = Pick<OpenOrders, "side" | "orders">;

/**
 * The levels of a book as they are now, for reading from the best on: they do not change with the book. Some
 * arrays are copied whole, 28 bytes a level, and nothing is looked at. Of the orders nothing may be read.
 */
export function copyLevels(book: OpenOrders): Levels {
  return copyOf(book, book.orders);
}

/** The same with the queues of resting orders, 48 bytes an order. */
export function copyQueues(book: OpenOrders): Queues {
  const orders = book.orders.copy();
  return { orders, ...copyOf(book, orders) };
}

function copyOf(book: OpenOrders, orders: OrderStore): Levels {
  const buys = book.side(BUY).copy(orders);
  const sells = book.side(SELL).copy(orders);
  return { side: (side: Side): BookSide => (side === BUY ? buys : sells) };
}

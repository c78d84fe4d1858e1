import { BUY, SELL, type Side } from "../vocabulary/units.ts";
import type { BookSide } from "./book-side.ts";
import { CopyMemory } from "./copy-memory.ts";
import type { OpenOrders } from "./open-orders.ts";
import type { OrderStore } from "./order-store.ts";

/** The part of a book, or of a copy, that readers of levels use. */
export type Levels = Pick<OpenOrders, "side">;
/** The part of a book, or of a copy, that readers of resting orders use. */
export type Queues = Pick<OpenOrders, "side" | "orders">;

/** The bytes of a level in a copy: two doubles and three integers. */
const LEVEL_BYTES = 28;
/** A book may grow by this part of its size before memory for its copy is too small. */
const GROWTH_MAX = 1 / 16;

/**
 * Copies the levels of a book, for reading from the best level on. The copy does not change with the book. It
 * copies a few arrays whole, 28 bytes per level, and visits no level. Its orders must not be read.
 */
export function copyLevels(book: OpenOrders, memory: CopyMemory): Levels {
  return copyOf(book, book.orders, memory);
}

/** Copies the levels and the queues of resting orders, 48 bytes per order. */
export function copyQueues(book: OpenOrders, memory: CopyMemory): Queues {
  const orders = book.orders.copy(memory);
  return { orders, ...copyOf(book, orders, memory) };
}

/** Memory for a copy of a book's levels, also if there are some more by then. */
export function levelsMemory(book: OpenOrders): CopyMemory {
  return new CopyMemory(withGrowth(levelsLength(book)));
}

/** Memory for a copy of a book's levels and queues, also if there are some more by then. */
export function queuesMemory(book: OpenOrders): CopyMemory {
  return new CopyMemory(withGrowth(book.orders.byteLength + levelsLength(book)));
}

function levelsLength(book: OpenOrders): number {
  return (book.side(BUY).all.ranks.length + book.side(SELL).all.ranks.length) * LEVEL_BYTES;
}

function withGrowth(byteLength: number): number {
  return Math.ceil(byteLength * (1 + GROWTH_MAX));
}

function copyOf(book: OpenOrders, orders: OrderStore, memory: CopyMemory): Levels {
  const buys = book.side(BUY).copy(orders, memory);
  const sells = book.side(SELL).copy(orders, memory);
  return { side: (side: Side): BookSide => (side === BUY ? buys : sells) };
}

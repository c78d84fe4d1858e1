import type { BookSide } from "./book-side.ts";
import type { OpenOrders } from "./open-orders.ts";
import type { OrderStore } from "./order-store.ts";
import { BUY, SELL, type Side } from "./units.ts";

/**
 * The resting orders of a book as they were in one moment, for reading from the best level on: they do not
 * change with the book. A few arrays are copied whole, some 50 bytes an order, and nothing is looked at.
 */
export class BookCopy {
  readonly orders: OrderStore;
  readonly #buys: BookSide;
  readonly #sells: BookSide;

  constructor(book: OpenOrders) {
    this.orders = book.orders.copy();
    this.#buys = book.side(BUY).copy(this.orders);
    this.#sells = book.side(SELL).copy(this.orders);
  }

  side(side: Side): BookSide {
    return side === BUY ? this.#buys : this.#sells;
  }
}

import type { BookCounters, OrderBook } from "../../engine/book/order-book.ts";

/** The stored state of a book beside its orders, its sequence and its trades. */
export type StoredState = Pick<BookCounters, "status" | "statusUntilMs" | "window" | "unfinished">;

/** The usual state of a book: it trades, has no recent prices, and has no unfinished work. */
const USUAL: StoredState = {
  status: "trading",
  statusUntilMs: undefined,
  window: undefined,
  unfinished: undefined,
};

/** A book's state as text; null if it is the usual one. */
export function stateText(book: OrderBook): string | null {
  const { status, statusUntilMs, window, unfinished } = book.counters;
  return status === "trading" && window === undefined && unfinished === undefined
    ? null
    : JSON.stringify({ status, statusUntilMs, window, unfinished });
}

export function stateOfText(text: string | null | undefined): StoredState {
  return text === null || text === undefined ? USUAL : { ...USUAL, ...JSON.parse(text) };
}

/** A trailing stop that has followed trades, or was reached by one. */
export interface WaitingStop {
  readonly anchorTicks: number | undefined;
  readonly isReached: boolean;
}

/**
 * The state of a book that changes without an event that names an order: its status, its recent prices, its
 * unfinished work, and its trailing stops. It is written with each flush that changed it. A book with the
 * usual state costs nothing.
 */
export class BookStateTable {
  readonly #sql: SqlStorage;
  /** The stored state; undefined until it was read. */
  #state: string | null | undefined;
  #stops: Map<number, string> | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The state of the book's counters. */
  read(): StoredState {
    return stateOfText(this.#readState());
  }

  /** The stored stops by order number. */
  stops(): Map<number, WaitingStop> {
    const rows = this.#sql.exec<{ order_number: number; anchor_ticks: number | null; is_reached: number }>(
      "SELECT * FROM waiting_stops",
    );
    return new Map(
      Array.from(rows, ({ order_number, anchor_ticks, is_reached }) => [
        order_number,
        { anchorTicks: anchor_ticks ?? undefined, isReached: is_reached === 1 },
      ]),
    );
  }

  /** Drops the caches after storage was rewritten. */
  forget(): void {
    this.#state = undefined;
    this.#stops = undefined;
  }

  write(book: OrderBook): void {
    const state = stateText(book);
    if (state !== this.#readState()) {
      if (state === null) this.#sql.exec("DELETE FROM book_state");
      else this.#sql.exec("INSERT OR REPLACE INTO book_state (id, state) VALUES (1, ?)", state);
      this.#state = state;
    }
    this.writeStops(book);
  }

  #readState(): string | null {
    if (this.#state === undefined) {
      const row = this.#sql.exec<{ state: string }>("SELECT state FROM book_state").toArray()[0];
      this.#state = row?.state ?? null;
    }
    return this.#state;
  }

  /** Writes the state of the waiting stops alone. */
  writeStops(book: OrderBook): void {
    this.#stops ??= new Map(
      Array.from(this.stops(), ([orderNumber, stop]) => [orderNumber, keyOf(stop)] as const),
    );
    const stored = this.#stops;
    const { stops } = book;
    if (stored.size === 0 && stops.trailingCount === 0 && stops.reachedTrailingCount === 0) return;
    const now = new Map<number, string>();
    for (const orderNumber of stops.trailingNumbers()) {
      const { anchorTicks, isReached } = book.knownExtras(book.slotOf(orderNumber));
      const key = keyOf({ anchorTicks, isReached });
      now.set(orderNumber, key);
      if (stored.get(orderNumber) === key) continue;
      this.#sql.exec(
        "INSERT OR REPLACE INTO waiting_stops VALUES (?, ?, ?)",
        orderNumber,
        anchorTicks ?? null,
        Number(isReached),
      );
    }
    for (const orderNumber of stored.keys())
      if (!now.has(orderNumber))
        this.#sql.exec("DELETE FROM waiting_stops WHERE order_number = ?", orderNumber);
    this.#stops = now;
  }
}

function keyOf({ anchorTicks, isReached }: WaitingStop): string {
  return `${anchorTicks ?? "-"} ${isReached}`;
}

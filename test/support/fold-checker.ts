import { OrderBook } from "../../engine/book/order-book.ts";
import { bookOf } from "../../engine/book/snapshot.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import { fold } from "../../engine/fold.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import type { InstrumentRules } from "../../engine/vocabulary/rules.ts";
import { BUY, SELL } from "../../engine/vocabulary/units.ts";
import { type EngineBook, restoredBook } from "./test-book.ts";

/**
 * Checks invariant 9: folding the events gives the live book, and so does restoring what would be stored of
 * it.
 */
export class FoldChecker {
  readonly #folded: OrderBook;
  /** When each order last joined a queue, which is all that a table of orders must store about priority. */
  readonly #joinedAt = new Map<number, number>();

  constructor(rules: InstrumentRules) {
    this.#folded = new OrderBook(rules);
  }

  /** Folds the events of one command. */
  follow(events: readonly Event[]): void {
    for (const event of events) {
      fold(this.#folded, event);
      if (event.kind === "rested" || event.kind === "replenished")
        this.#joinedAt.set(event.orderNumber, event.sequence);
    }
  }

  /** Compares the live book with the folded one and with one restored in priority order. */
  check(live: EngineBook): void {
    const hash = stateHash(live.book);
    const folded = stateHash(this.#folded);
    if (folded !== hash) throw new Error(`invariant 9: the events fold into ${folded}, the book is ${hash}`);
    const totals = totalsOf(live.book).join();
    const foldedTotals = totalsOf(this.#folded).join();
    if (foldedTotals !== totals) throw new Error(`invariant 9: folded totals ${foldedTotals}, not ${totals}`);
    const restored = stateHash(restoredBook(live));
    if (restored !== hash) throw new Error(`invariant 9: restored as ${restored}, the book is ${hash}`);
    const joinedAt = (orderNumber: number) => this.#joinedAt.get(orderNumber) ?? 0;
    const byAge = live.openOrders().toSorted((a, b) => joinedAt(a.orderNumber) - joinedAt(b.orderNumber));
    const stored = stateHash(bookOf(live.rules, live.counters, byAge));
    if (stored !== hash) throw new Error(`invariant 9: restored by age as ${stored}, the book is ${hash}`);
  }
}

/** The counters of a book. */
export function totalsOf(book: OrderBook): number[] {
  const { stops, restingCount } = book;
  const sides = [BUY, SELL].flatMap((side) => {
    const levels = book.side(side);
    return [levels.levelCount, levels.totalLots, levels.hiddenLots, stops.totalLots(side)];
  });
  return [restingCount, stops.count, stops.trailingCount, stops.reachedTrailingCount, ...sides];
}

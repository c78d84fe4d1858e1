import type { Event } from "../../engine/event.ts";
import { fold } from "../../engine/fold.ts";
import { OrderBook } from "../../engine/order-book.ts";
import type { InstrumentRules } from "../../engine/rules.ts";
import { stateHash } from "../../engine/state-hash.ts";
import { type EngineBook, restoredBook } from "./test-book.ts";

/** Checks invariant 9: the events fold into the live book, and so does what would be stored of it. */
export class FoldChecker {
  readonly #folded: OrderBook;

  constructor(rules: InstrumentRules) {
    this.#folded = new OrderBook(rules);
  }

  /** Folds the events of one command. */
  follow(events: readonly Event[]): void {
    for (const event of events) fold(this.#folded, event);
  }

  /** Compares the live book with the folded one and with one restored in priority order. */
  check(live: EngineBook): void {
    const hash = stateHash(live.book);
    const folded = stateHash(this.#folded);
    if (folded !== hash) throw new Error(`invariant 9: the events fold into ${folded}, the book is ${hash}`);
    const restored = stateHash(restoredBook(live));
    if (restored !== hash) throw new Error(`invariant 9: restored as ${restored}, the book is ${hash}`);
  }
}

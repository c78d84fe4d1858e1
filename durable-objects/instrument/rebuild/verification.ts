import type { OrderBook } from "../../../engine/book/order-book.ts";
import { stateHash } from "../../../engine/book/state-hash.ts";
import { fold } from "../../../engine/fold.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Verification } from "../../calls/instrument-calls.ts";
import type { Journal } from "../../journal/journal.ts";
import { restoreBook } from "../../journal/restore.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Totals } from "../../storage/totals.ts";

/** The events that one turn folds, in about 10 ms, so that nothing waits longer. */
const FOLD_AT_ONCE = 2_500;

/** What the journal yields: the books, and the totals up to a sequence. */
export interface JournalReading {
  readonly verification: Verification;
  readonly totals: Totals;
}

/**
 * Rebuilds the book twice, from the journal and from the orders. Trading continues between the turns. The
 * three books are compared in the last turn, which takes as long as a restart. The journal must not be pruned
 * meanwhile.
 *
 * @param live returns the live book.
 * @param countUpTo a sequence that is not before the base.
 */
export async function readJournal(
  spec: InstrumentSpec,
  journal: Journal,
  live: () => OrderBook,
  countUpTo: number,
  clock: Clock,
): Promise<JournalReading> {
  const book = journal.base.book(spec);
  const totals = journal.base.totals();
  for (;;) {
    const events = journal.eventsAfter(book.sequence, FOLD_AT_ONCE);
    for (const event of events) {
      fold(book, event);
      if (event.sequence <= countUpTo) totals.add(event);
    }
    if (events.length === 0) break;
    if (events.length === FOLD_AT_ONCE) await clock.wait(0);
  }
  const verification = {
    sequence: live().sequence,
    liveHash: stateHash(live()),
    foldHash: stateHash(book),
    restoredHash: stateHash(restoreBook(spec, journal)),
  };
  return { verification, totals };
}

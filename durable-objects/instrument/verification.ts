import { fold } from "../../engine/fold.ts";
import { OrderBook } from "../../engine/order-book.ts";
import { stateHash } from "../../engine/state-hash.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { VerificationReport } from "../../protocol/operation.ts";
import type { PostgresSummary } from "../outbox/postgres-summary.ts";
import type { Journal } from "./journal.ts";
import { restoreBook } from "./recovery.ts";
import { Totals } from "./totals.ts";

/** How many events are in memory at once while the journal is folded. */
const FOLD_AT_ONCE = 10_000;

/** The live book held against the journal: equal hashes and sequences are what "nothing lost" means. */
export interface Verification {
  readonly sequence: number;
  readonly liveHash: string;
  readonly foldHash: string;
  readonly restoredHash: string;
}

/** Folds the journal, and beside the book counts its events up to a sequence. */
function foldJournal(spec: InstrumentSpec, journal: Journal, countUpTo: number): [OrderBook, Totals] {
  const book = new OrderBook(spec.rules);
  const totals = new Totals();
  for (let events = journal.eventsAfter(0, FOLD_AT_ONCE); events.length > 0; ) {
    for (const event of events) {
      fold(book, event);
      if (event.sequence <= countUpTo) totals.add(event);
    }
    events = journal.eventsAfter(book.sequence, FOLD_AT_ONCE);
  }
  return [book, totals];
}

/** Rebuilds the book twice, from the journal and from the orders, beside the live one. */
export function verifyBooks(spec: InstrumentSpec, journal: Journal, live: OrderBook): Verification {
  return {
    sequence: live.sequence,
    liveHash: stateHash(live),
    foldHash: stateHash(foldJournal(spec, journal, 0)[0]),
    restoredHash: stateHash(restoreBook(spec, journal)),
  };
}

/**
 * Holds the books, and Postgres where it was read, against the journal.
 * @param postgres what it held, or why that is not known.
 * @param wasLevel whether nothing had happened beyond its watermark when it was read: a shipped order is as
 *   it then was, so how many have ended can only be compared then.
 */
export function verificationReport(
  spec: InstrumentSpec,
  journal: Journal,
  live: OrderBook,
  postgres: PostgresSummary | string,
  wasLevel: boolean,
): VerificationReport {
  const compared = ["live book, journal, orders"];
  const notCompared: string[] = [];
  const differences: string[] = [];
  const { liveHash, foldHash, restoredHash } = verifyBooks(spec, journal, live);
  if (foldHash !== liveHash)
    differences.push(`the journal folds to ${foldHash}, the live book is ${liveHash}`);
  if (restoredHash !== liveHash)
    differences.push(`the orders restore ${restoredHash}, the live book is ${liveHash}`);
  if (typeof postgres === "string") notCompared.push(`Postgres: ${postgres}`);
  else {
    compared.push(`Postgres up to ${postgres.lastSequence}: orders, trades, quantities, notionals`);
    if (postgres.lastSequence > live.sequence)
      differences.push(`Postgres is at ${postgres.lastSequence}, the journal ends at ${live.sequence}`);
    if (postgres.lastSequence > 0 && postgres.epoch !== journal.epoch())
      differences.push(`Postgres is in epoch ${postgres.epoch}, the journal in ${journal.epoch()}`);
    const [, totals] = foldJournal(spec, journal, postgres.lastSequence);
    const ended = ["filled", "cancelled"] as const;
    for (const name of ["orders", "trades", "lots", "notional", ...(wasLevel ? ended : [])] as const) {
      if (String(totals[name]) !== String(postgres[name]))
        differences.push(`${name}: the journal has ${totals[name]}, Postgres ${postgres[name]}`);
    }
    if (wasLevel) compared.push("Postgres: filled and cancelled orders");
    else
      notCompared.push(
        "Postgres: filled and cancelled orders, because it is behind; freeze, and verify again",
      );
  }
  const { instrument } = spec;
  const [difference = null] = differences;
  const agrees = difference === null;
  return { instrument, agrees, sequence: live.sequence, difference, compared, not_compared: notCompared };
}

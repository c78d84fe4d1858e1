import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { log } from "../runtime/log.ts";
import { IDEMPOTENCY_WINDOW_MS } from "../storage/answer-table.ts";
import type { Journal } from "./journal.ts";
import { storedTradeView } from "./restore.ts";

/** The events handled in one turn, in about 20 ms, so that orders do not wait longer. */
const EVENTS_AT_ONCE = 2_000;
const ORDERS_AT_ONCE = 2_000;
const RUN_MS_MAX = 5_000;

/**
 * Frees the storage of data that Postgres also has. Events that are shipped, except the newest, are folded
 * into the base. Orders that ended before the base, and before the idempotency window, are deleted. An order
 * is thus stored as long as any event that names it.
 */
export class Pruner {
  readonly #storage: DurableObjectStorage;
  readonly #spec: InstrumentSpec;
  readonly #journal: Journal;
  readonly #eventsRetained: number;
  readonly #settle: () => void;
  /** Orders up to this number were checked in the current round. */
  #orderNumberSeen = 0;
  #holds = 0;

  /** @param settle stores what is still to be made from events. It is called before any are deleted. */
  constructor(
    storage: DurableObjectStorage,
    spec: InstrumentSpec,
    journal: Journal,
    retained: number,
    settle: () => void,
  ) {
    this.#settle = settle;
    this.#storage = storage;
    this.#spec = spec;
    this.#journal = journal;
    this.#eventsRetained = retained;
  }

  /** Suspends pruning while the journal is read over several turns. */
  async whileKept<T>(read: () => Promise<T>): Promise<T> {
    this.#holds++;
    try {
      return await read();
    } finally {
      this.#holds--;
    }
  }

  /**
   * Prunes for a while, a part each turn. It never throws: a failed turn is undone, and retried next time.
   * @param shippedSequence the sequence up to which Postgres has everything.
   */
  async run(shippedSequence: number): Promise<void> {
    const deadlineMs = Date.now() + RUN_MS_MAX;
    try {
      while (this.#holds === 0 && Date.now() < deadlineMs) {
        // A transaction of its own: it must not be undone with a failed turn.
        this.#storage.transactionSync(this.#settle);
        const hasMore = this.#storage.transactionSync(() => {
          const hasMoreEvents = this.#pruneEvents(shippedSequence);
          return this.#pruneOrders(Date.now() - IDEMPOTENCY_WINDOW_MS) || hasMoreEvents;
        });
        if (!hasMore) return;
        await this.#storage.sync();
      }
    } catch (error) {
      const { instrument } = this.#spec;
      log("error", "pruning_failed", { instrument, error: String(error) });
    }
  }

  /** @returns whether there may be more. */
  #pruneEvents(shippedSequence: number): boolean {
    const journal = this.#journal;
    const lastSequence = journal.lastEvent()?.sequence ?? 0;
    const through = journal.rowEnd(
      Math.min(shippedSequence, lastSequence - this.#eventsRetained),
      EVENTS_AT_ONCE,
    );
    if (through === undefined) return false;
    const { sequence } = journal.base;
    const events = journal.eventsAfter(sequence, through - sequence);
    const trades = new Map<number, string>();
    for (const event of events) {
      if (event.kind !== "traded") continue;
      trades.set(event.tradeNumber, JSON.stringify(storedTradeView(this.#spec, journal, event)));
    }
    journal.base.advance(this.#spec, events, trades);
    journal.deleteEventsThrough(through);
    return true;
  }

  /** Checks the next stored orders, starting again after the last. @returns whether there are more. */
  #pruneOrders(endedBeforeMs: number): boolean {
    const journal = this.#journal;
    const last = journal.lastOrderBefore(endedBeforeMs, this.#orderNumberSeen, ORDERS_AT_ONCE);
    const first = this.#orderNumberSeen;
    this.#orderNumberSeen = last ?? 0;
    return last !== undefined && journal.deleteEndedOrders(first, last, endedBeforeMs) > 0;
  }
}

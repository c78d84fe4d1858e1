import type { Answer } from "../calls/answer.ts";
import type { CallLine } from "../calls/call.ts";
import type { Clock } from "../runtime/clock.ts";
import { log } from "../runtime/log.ts";
import type { Flush } from "./flush/flush.ts";
import type { Quarantine } from "./flush/quarantine.ts";

/** The parts of a commit. */
interface Committed {
  readonly instrument: string;
  /** Applies requests and writes the result. */
  readonly process: (lines: readonly CallLine[], nowMs: number) => Flush;
  /** Publishes what was written. `nowMs` was read in the same turn. */
  readonly publish: (flush: Flush, nowMs: number) => void;
}

interface Due {
  readonly nextDueMs: number | undefined;
}

/** The part of a book that says what is due. */
interface DueBook extends Due {
  /** Whether the next flush has unfinished work to continue. */
  readonly canGoOn: boolean;
}

/**
 * Runs flushes, each in a transaction. A flush that fails ends the object, which starts again from storage.
 */
export class Commit {
  readonly #ctx: DurableObjectState;
  readonly #clock: Clock;
  readonly #quarantine: Quarantine;
  readonly #committed: Committed;
  #ending: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, clock: Clock, quarantine: Quarantine, committed: Committed) {
    this.#ctx = ctx;
    this.#clock = clock;
    this.#quarantine = quarantine;
    this.#committed = committed;
  }

  /** When the book has something due for which no flush is scheduled anyway. */
  dueOf({ nextDueMs, canGoOn }: DueBook, { isRunning }: { readonly isRunning: boolean }): Due {
    const isTakenCareOf = this.#quarantine.isHalted || (canGoOn && isRunning);
    return { nextDueMs: isTakenCareOf ? undefined : nextDueMs };
  }

  /** Does what is due, if anything is. */
  async runDue(book: DueBook, flushes: { readonly isRunning: boolean }): Promise<void> {
    const { nextDueMs } = this.dueOf(book, flushes);
    if (nextDueMs === undefined || nextDueMs > this.#clock.nowMs()) return;
    if (this.run([]) === undefined) await this.#ending;
  }

  /**
   * Answers each request, in order. Returns undefined if the flush failed and the object ends. No answer may
   * leave then, and no flush may follow.
   */
  run(lines: readonly CallLine[]): readonly Answer[] | undefined {
    if (this.#ending !== undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    const suspect = this.#quarantine.suspectOf(lines);
    // Due work comes first, so that a failure of it, or of the storage, is not attributed to the request.
    if (suspect !== undefined) {
      const before = this.#flush([], nowMs, undefined, () => this.#quarantine.addTry(suspect));
      if (before === undefined) return undefined;
    }
    return this.#flush(lines, nowMs, suspect, ({ answers }) => {
      // A request that must wait longer has not run yet.
      if (suspect !== undefined && answers.length > 0) this.#quarantine.acquit(suspect);
    });
  }

  #flush(
    lines: readonly CallLine[],
    nowMs: number,
    suspect: string | undefined,
    also: (flush: Flush) => void,
  ): readonly Answer[] | undefined {
    const { process, publish } = this.#committed;
    try {
      const flush = this.#ctx.storage.transactionSync(() => {
        const processed = process(lines, nowMs);
        also(processed);
        return processed;
      });
      publish(flush, nowMs);
      return flush.answers;
    } catch (error) {
      this.#fail(lines, nowMs, suspect, error);
      return undefined;
    }
  }

  /**
   * Handles a failed flush. Its changes are undone in storage but not in memory. This notes which requests
   * were in the flush, then discards the memory, and the object starts again from storage. Until the note is
   * stored, the object receives no event, since the answer would come from that memory.
   */
  #fail(lines: readonly CallLine[], nowMs: number, suspect: string | undefined, error: unknown): void {
    const failure = { instrument: this.#committed.instrument, error: String(error) };
    const tell = (more: object) => log("error", "flush_failed", { ...failure, ...more });
    const { storage } = this.#ctx;
    try {
      tell(storage.transactionSync(() => this.#quarantine.note(lines, suspect, String(error), nowMs)));
    } catch (noteError) {
      tell({ not_noted: String(noteError) });
    }
    this.#ending = this.#ctx.blockConcurrencyWhile(async () => {
      // This rejects if nothing can be stored any more. The object then ends without a note.
      await storage.sync().catch((syncError: unknown) => tell({ not_noted: String(syncError) }));
      this.#ctx.abort("flush failed");
    });
  }
}

import type { Answer } from "../calls/answer.ts";
import type { RequestLine } from "../calls/request.ts";
import type { Clock } from "../runtime/clock.ts";
import { log } from "../runtime/log.ts";
import type { Flush } from "./flush/flush.ts";
import type { Quarantine } from "./flush/quarantine.ts";

/** What is committed. */
interface Committed {
  readonly instrument: string;
  /** Applies requests and writes what they did. */
  readonly process: (lines: readonly RequestLine[], nowMs: number) => Flush;
  /** Tells of what was written. */
  readonly publish: (flush: Flush) => void;
}

interface Due {
  readonly nextDueMs: number | undefined;
}

/** A book, as far as it says what is due. */
interface DueBook extends Due {
  /** Whether something is left to be done by the next flush. */
  readonly canGoOn: boolean;
}

/** Runs flushes, each a transaction. One that fails ends the object, which starts again from storage. */
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

  /** When something of the book's own is due, for which a flush is not to come anyway. */
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
   * Answers each request, in order; undefined where the flush failed and the object ends. No answer may
   * leave then, and no flush may follow.
   */
  run(lines: readonly RequestLine[]): readonly Answer[] | undefined {
    if (this.#ending !== undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    const suspect = this.#quarantine.suspectOf(lines);
    // What is due, and storage that takes no write, are no fault of the request: they come before it.
    if (suspect !== undefined) {
      const before = this.#flush([], nowMs, undefined, () => this.#quarantine.addTry(suspect));
      if (before === undefined) return undefined;
    }
    return this.#flush(lines, nowMs, suspect, ({ answers }) => {
      // One that has to wait on has not run yet.
      if (suspect !== undefined && answers.length > 0) this.#quarantine.acquit(suspect);
    });
  }

  #flush(
    lines: readonly RequestLine[],
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
      publish(flush);
      return flush.answers;
    } catch (error) {
      this.#fail(lines, nowMs, suspect, error);
      return undefined;
    }
  }

  /**
   * What was not committed is undone in storage but not in memory: notes which requests were in it, then throws the memory
   * away and starts again from storage. Until the note is stored no event reaches the object, since it would
   * be answered from that memory.
   */
  #fail(lines: readonly RequestLine[], nowMs: number, suspect: string | undefined, error: unknown): void {
    const failure = { instrument: this.#committed.instrument, error: String(error) };
    const tell = (more: object) => log("error", "flush_failed", { ...failure, ...more });
    const { storage } = this.#ctx;
    try {
      tell(storage.transactionSync(() => this.#quarantine.note(lines, suspect, String(error), nowMs)));
    } catch (noteError) {
      tell({ not_noted: String(noteError) });
    }
    this.#ending = this.#ctx.blockConcurrencyWhile(async () => {
      // Rejects where nothing can be stored any more; then the object ends without a note.
      await storage.sync().catch((syncError: unknown) => tell({ not_noted: String(syncError) }));
      this.#ctx.abort("flush failed");
    });
  }
}

import type { Problem } from "../../protocol/error-code.ts";
import type { Answer } from "../calls/answer.ts";
import type { CallLine } from "../calls/call.ts";
import type { Clock } from "../runtime/clock.ts";
import { Elapsed } from "../runtime/elapsed.ts";

/** The most commands that may wait. One more is refused before it has any effect. */
export const QUEUE_MAX = 10_000;
/** A flush with this many commands is full, so that a commit and its message stay small. */
export const FLUSH_MAX = 1_000;

export const OVERLOADED: Problem = {
  code: "overloaded",
  detail: "too many requests are waiting; nothing happened",
};

export const LATE: Problem = {
  code: "overloaded",
  detail: "the request waited too long for its turn; nothing happened",
};

/** Callbacks of the sequencer. */
interface Told {
  /** Records the time of a request from its arrival until its flush is on disk. */
  countLatency(milliseconds: number): void;
  /** Called when no request waits. */
  storeAtRest(): void;
}

/** A request on its way to a flush. */
interface Queued {
  readonly line: CallLine;
  /** The number of commands in the request. */
  readonly commands: number;
  /** Whether its flush contains nothing else. */
  readonly isAlone: boolean;
  /** The milliseconds within which it must reach a flush. */
  readonly withinMs: number;
  /** Refuses it, if it does not. */
  readonly late: () => Answer;
}

interface Waiting extends Queued {
  /** When it is late, by the sequencer's own time. */
  readonly untilMs: number;
  /** The time of its arrival, by the platform's clock. */
  readonly sinceMs: number;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Group commit. Requests queue while the previous flush is being written. The next flush then takes all of
 * them, and each caller gets its own answer. One flush is one commit, however many requests it contains,
 * which gives the throughput.
 */
export class Sequencer {
  readonly #flush: (lines: readonly CallLine[]) => readonly Answer[] | undefined;
  readonly #hasMore: () => boolean;
  readonly #storage: Pick<DurableObjectStorage, "sync">;
  readonly #clock: Clock;
  readonly #told: Told;
  readonly #elapsed = new Elapsed();
  #queue: Waiting[] = [];
  #depth = 0;
  #isRunning = false;
  /** Whether it lets others in between two flushes. */
  #isPausing = false;

  /**
   * @param flush answers each line, in order. If it returns fewer answers, the last requests keep waiting. If
   * it returns undefined, it failed, and nothing is flushed any more.
   * @param hasMore whether flushes have left unfinished work, which needs no further request.
   * @param storage signals when all writes so far are on disk. A timer cannot replace it: an object's timers
   * wait while the host's clock is behind the time that the object has seen.
   * @param clock the object's clock, which knows whether the host's clock was ever set back.
   */
  constructor(
    flush: (lines: readonly CallLine[]) => readonly Answer[] | undefined,
    hasMore: () => boolean,
    storage: Pick<DurableObjectStorage, "sync">,
    clock: Clock,
    told: Told,
  ) {
    this.#flush = flush;
    this.#hasMore = hasMore;
    this.#storage = storage;
    this.#clock = clock;
    this.#told = told;
  }

  /** The number of waiting commands. */
  get depth(): number {
    return this.#depth;
  }

  /** Whether a flush is scheduled. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get isFull(): boolean {
    return this.#depth >= QUEUE_MAX;
  }

  /** Queues a request. The answer arrives when its flush has been written. */
  submit(request: Queued): Promise<Answer> {
    return new Promise((resolve) => {
      const untilMs = this.#elapsed.ms + request.withinMs;
      this.#queue.push({ ...request, resolve, untilMs, sinceMs: Date.now() });
      this.#depth += request.commands;
      if (!this.#isRunning) void this.#run();
      // If the host's clock was set back during a pause, the pause hangs until somebody reads the clock.
      else if (this.#isPausing) this.#clock.nowMs();
    });
  }

  /** Continues the unfinished work of flushes. */
  goOn(): void {
    if (!this.#isRunning && this.#hasMore()) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    await this.#storage.sync();
    while (this.#hasWork) {
      this.#refuseLate();
      const batch = this.#takeFlush();
      const answers = this.#flush(batch.map((waiting) => waiting.line));
      // The object ends, and its callers get an error from that.
      if (answers === undefined) return;
      answers.forEach((answer, index) => {
        batch[index]?.resolve(answer);
      });
      const answered = batch.splice(0, answers.length);
      this.#putBack(batch);
      const isNextDue = this.#hasWork;
      try {
        await this.#storage.sync();
      } catch {
        // The commit failed. The object ends, and its counters with it.
        return;
      }
      this.#measure(answered);
      if (isNextDue) await this.#pause();
    }
    this.#isRunning = false;
    this.#told.storeAtRest();
  }

  async #pause(): Promise<void> {
    this.#isPausing = true;
    await this.#clock.letOthersIn();
    this.#isPausing = false;
  }

  get #hasWork(): boolean {
    return this.#queue.length > 0 || this.#hasMore();
  }

  /** Measures how long requests took. Call it when their flush is on disk. */
  #measure(answered: readonly Waiting[]): void {
    const nowMs = Date.now();
    for (const { sinceMs } of answered) this.#told.countLatency(nowMs - sinceMs);
  }

  #putBack(waiting: readonly Waiting[]): void {
    if (waiting.length === 0) return;
    for (const { commands } of waiting) this.#depth += commands;
    // They have reached a flush, and the first of them may have begun.
    const kept = waiting.map((each) => ({ ...each, untilMs: Number.POSITIVE_INFINITY }));
    this.#queue = [...kept, ...this.#queue];
  }

  #refuseLate(): void {
    const nowMs = this.#elapsed.ms;
    if (this.#queue.every(({ untilMs }) => nowMs <= untilMs)) return;
    for (const { untilMs, commands, late, resolve } of this.#queue) {
      if (nowMs <= untilMs) continue;
      this.#depth -= commands;
      resolve(late());
    }
    this.#queue = this.#queue.filter(({ untilMs }) => nowMs <= untilMs);
  }

  /** The next requests, up to the one that fills the flush. */
  #takeFlush(): Waiting[] {
    let commands = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if (waiting.isAlone && count > 0) break;
      commands += waiting.commands;
      count++;
      if (waiting.isAlone || commands >= FLUSH_MAX) break;
    }
    this.#depth -= commands;
    return this.#queue.splice(0, count);
  }
}

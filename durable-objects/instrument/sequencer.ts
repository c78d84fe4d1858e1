import type { Problem } from "../../protocol/error-code.ts";
import type { Answer } from "../calls/answer.ts";
import type { RequestLine } from "../calls/request.ts";
import type { Clock } from "../runtime/clock.ts";

/** How many commands may wait; one more is refused before anything happens to it. */
export const QUEUE_MAX = 10_000;
/** With so many commands a flush is full, so that a commit and its frame stay small. */
export const FLUSH_MAX = 1_000;

export const OVERLOADED: Problem = {
  code: "overloaded",
  detail: "too many orders are waiting; nothing happened to this one",
};

/** What is told of requests. */
interface Told {
  /** How long one took from when it came until its flush was on disk. */
  countLatency(milliseconds: number): void;
  /** No request waits. */
  storeAtRest(): void;
}

interface Waiting {
  readonly line: RequestLine;
  /** How many commands the request holds. */
  readonly commands: number;
  /** Whether its flush holds nothing else. */
  readonly isAlone: boolean;
  /** When it came, by the platform's clock. */
  readonly sinceMs: number;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Group commit: requests queue while the flush before is being written, then one flush takes them all,
 * and each caller gets its own answer. One flush is one commit, however many requests it holds: that is
 * where the throughput comes from.
 */
export class Sequencer {
  readonly #flush: (lines: readonly RequestLine[]) => readonly Answer[] | undefined;
  readonly #hasMore: () => boolean;
  readonly #storage: Pick<DurableObjectStorage, "sync">;
  readonly #clock: Clock;
  readonly #told: Told;
  #queue: Waiting[] = [];
  #depth = 0;
  #isRunning = false;

  /**
   * @param flush answers each line, in order; where it gives fewer answers, the last ones wait on. Undefined where
   * it failed, and nothing is flushed any more.
   * @param hasMore whether flushes have left something to be done, for which no request needs to come.
   * @param storage says when all writes so far are on disk. No timer does in its place: timers of an object
   * wait for as long as the host's clock is behind the time that the object has seen.
   * @param clock the object's: it knows whether the host's clock was ever set back.
   */
  constructor(
    flush: (lines: readonly RequestLine[]) => readonly Answer[] | undefined,
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

  /** How many commands wait. */
  get depth(): number {
    return this.#depth;
  }

  /** Whether a flush is to come. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get isFull(): boolean {
    return this.#depth >= QUEUE_MAX;
  }

  /**
   * Queues a request. The answer comes when the flush that holds it has been written.
   * @param commands how many commands it holds.
   * @param isAlone whether its flush is to hold nothing else.
   */
  submit(line: RequestLine, commands: number, isAlone: boolean): Promise<Answer> {
    return new Promise((resolve) => {
      this.#depth += commands;
      this.#queue.push({ line, commands, isAlone, sinceMs: Date.now(), resolve });
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Goes on with what flushes have left to be done. */
  goOn(): void {
    if (!this.#isRunning && this.#hasMore()) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let isFirst = true; this.#queue.length > 0 || this.#hasMore(); isFirst = false) {
      if (!isFirst) await this.#clock.letOthersIn();
      await this.#storage.sync();
      const batch = this.#takeFlush();
      const answers = this.#flush(batch.map((waiting) => waiting.line));
      // The object ends: the callers are told so by its end.
      if (answers === undefined) return;
      answers.forEach((answer, index) => {
        batch[index]?.resolve(answer);
      });
      this.#putBack(batch.slice(answers.length));
      this.#measure(batch.slice(0, answers.length));
    }
    this.#isRunning = false;
  }

  /** Counts how long requests took, once their flush is on disk. No flush waits for that. */
  #measure(answered: readonly Waiting[]): void {
    const count = () => {
      const nowMs = Date.now();
      for (const { sinceMs } of answered) this.#told.countLatency(nowMs - sinceMs);
      if (!this.#isRunning) this.#told.storeAtRest();
    };
    // Where the commit fails the object ends, and with it what was counted.
    this.#storage.sync().then(count, () => {});
  }

  #putBack(waiting: readonly Waiting[]): void {
    if (waiting.length === 0) return;
    for (const { commands } of waiting) this.#depth += commands;
    this.#queue = [...waiting, ...this.#queue];
  }

  /** The next requests, up to the first with which the flush is full. */
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

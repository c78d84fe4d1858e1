import type { Answer } from "./answer.ts";
import type { RequestLine } from "./request.ts";

/** How many commands may wait; one more is refused before anything happens to it. */
export const QUEUE_MAX = 10_000;
/** With so many commands a flush is full, so that a commit and its frame stay small. */
export const FLUSH_MAX = 1_000;

interface Waiting {
  readonly line: RequestLine;
  /** How many commands the request holds. */
  readonly commands: number;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Group commit: requests queue while the flush before is being written, then one flush takes them all,
 * and each caller gets its own answer. One flush is one commit, however many requests it holds: that is
 * where the throughput comes from.
 */
export class Sequencer {
  readonly #flush: (lines: readonly RequestLine[]) => readonly Answer[];
  readonly #storage: Pick<DurableObjectStorage, "sync">;
  #queue: Waiting[] = [];
  #depth = 0;
  #isRunning = false;

  /**
   * @param flush answers each line, in order. It does not throw: it aborts the object instead.
   * @param storage says when all writes so far are on disk. No timer does in its place: timers of an object
   * wait for as long as the host's clock is behind the time that the object has seen.
   */
  constructor(
    flush: (lines: readonly RequestLine[]) => readonly Answer[],
    storage: Pick<DurableObjectStorage, "sync">,
  ) {
    this.#flush = flush;
    this.#storage = storage;
  }

  /** How many commands wait. */
  get depth(): number {
    return this.#depth;
  }

  get isFull(): boolean {
    return this.#depth >= QUEUE_MAX;
  }

  /**
   * Queues a request. The answer comes when the flush that holds it has been written.
   * @param commands how many commands it holds.
   */
  submit(line: RequestLine, commands: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#depth += commands;
      this.#queue.push({ line, commands, resolve });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#queue.length > 0) {
      await this.#storage.sync();
      const batch = this.#takeFlush();
      const answers = this.#flush(batch.map((waiting) => waiting.line));
      batch.forEach((waiting, index) => {
        waiting.resolve(answers[index] as Answer);
      });
    }
    this.#isRunning = false;
  }

  /** The next requests, up to the first with which the flush is full. */
  #takeFlush(): Waiting[] {
    let commands = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      commands += waiting.commands;
      count++;
      if (commands >= FLUSH_MAX) break;
    }
    this.#depth -= commands;
    return this.#queue.splice(0, count);
  }
}

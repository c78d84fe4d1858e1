import type { Answer } from "./answer.ts";
import type { RequestLine } from "./request.ts";

/** How many requests may wait; one more is refused before anything happens to it. */
export const QUEUE_MAX = 10_000;
/** How many requests one flush takes at most, so that a commit and its frame stay small. */
export const FLUSH_MAX = 1_000;

interface Waiting {
  readonly line: RequestLine;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Group commit: requests queue until the event loop has taken in what has arrived, then one flush
 * takes them all, and each caller gets its own answer. One flush is one commit, however many
 * requests it holds: that is where the throughput comes from.
 */
export class Sequencer {
  readonly #flush: (lines: readonly RequestLine[]) => readonly Answer[];
  #queue: Waiting[] = [];
  #isRunning = false;

  /** @param flush answers each line, in order. It does not throw: it aborts the object instead. */
  constructor(flush: (lines: readonly RequestLine[]) => readonly Answer[]) {
    this.#flush = flush;
  }

  /** How many requests wait. */
  get depth(): number {
    return this.#queue.length;
  }

  get isFull(): boolean {
    return this.#queue.length >= QUEUE_MAX;
  }

  /** Queues a request. The answer comes when the flush that holds it has been written. */
  submit(line: RequestLine): Promise<Answer> {
    return new Promise((resolve) => {
      this.#queue.push({ line, resolve });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#queue.length > 0) {
      await scheduler.wait(0);
      const batch = this.#queue.splice(0, FLUSH_MAX);
      const answers = this.#flush(batch.map((waiting) => waiting.line));
      batch.forEach((waiting, index) => {
        waiting.resolve(answers[index] as Answer);
      });
    }
    this.#isRunning = false;
  }
}

import type { Clock } from "../runtime/clock.ts";
import type { LongBeginning } from "./beginning.ts";
import type { Session } from "./session.ts";

/** Callbacks of a long beginning. */
interface Parts {
  /** Whether a subscriber is still connected and still wants the channel. */
  readonly isWanted: (session: Session, key: string) => boolean;
  /** The subscriber was sent everything, including the latest updates. */
  readonly onDone: (session: Session, key: string) => void;
  /** The beginning no longer grows. @param hasBegun whether the subscriber was sent a part of it. */
  readonly onOver: (session: Session, key: string, hasBegun: boolean) => void;
  /** The subscriber was not sent the rest of it. @param error what a message or a wait threw. */
  readonly onFailed: (session: Session, key: string, error: unknown) => void;
}

interface Entry {
  readonly session: Session;
  readonly key: string;
  readonly beginning: LongBeginning;
}

/**
 * Sends the snapshots of large books: one message per turn of the event loop, to one subscriber after
 * another.
 */
export class LongBeginnings {
  readonly #clock: Pick<Clock, "nowMs" | "letOthersIn">;
  readonly #parts: Parts;
  #entries: Entry[] = [];
  #isRunning = false;

  constructor(clock: Pick<Clock, "nowMs" | "letOthersIn">, parts: Parts) {
    this.#clock = clock;
    this.#parts = parts;
  }

  /** Whether any subscriber is in the middle of a beginning of the channel. */
  has(key: string): boolean {
    return this.#entries.some((entry) => entry.key === key);
  }

  add(session: Session, key: string, beginning: LongBeginning): void {
    this.cancel(session, key);
    this.#entries.push({ session, key, beginning });
    if (!this.#isRunning) void this.#run();
  }

  cancel(session: Session, key: string): void {
    this.#entries = this.#entries.filter((entry) => entry.session !== session || entry.key !== key);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let [entry] = this.#entries; entry !== undefined; [entry] = this.#entries) {
      try {
        await this.#send(entry);
      } catch (error) {
        // The others that wait are still to be sent theirs.
        this.cancel(entry.session, entry.key);
        this.#parts.onFailed(entry.session, entry.key, error);
      }
    }
    this.#isRunning = false;
  }

  async #send(entry: Entry): Promise<void> {
    const { session, key, beginning } = entry;
    let length = 0;
    for (let index = 0; this.#entries[0] === entry; await this.#clock.letOthersIn()) {
      const isWanted = this.#parts.isWanted(session, key);
      if (isWanted && !beginning.isOver) {
        const texts = beginning.turn(index);
        length = session.begin(key, texts, this.#clock.nowMs(), length);
        index += texts.length;
        // From here on the subscriber gets updates like any other. Otherwise a stream of updates could keep
        // it here for ever.
        if (index < beginning.texts.length) continue;
      }
      this.#entries.shift();
      if (isWanted && beginning.isOver) this.#parts.onOver(session, key, index > 0);
      else if (isWanted) this.#parts.onDone(session, key);
      return;
    }
  }
}

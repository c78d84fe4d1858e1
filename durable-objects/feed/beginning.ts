/** The first messages of a channel. They are sent at once, or in turns for a large book. */
export type Beginning = readonly string[] | LongBeginning;

/** The characters per turn, which are also the most per message. */
const LENGTH_A_TURN = 256 * 1024;

/**
 * The snapshot of a large book, and the updates published since. New updates are appended, so that a
 * subscriber that reads it in turns is up to date at its end.
 */
export class LongBeginning {
  readonly #texts: string[];
  readonly #updatesLengthMax: number;
  #updatesLength: number;
  #isOver = false;
  #wasRead = false;

  /** @param updates the updates published while the snapshot was made. */
  constructor(snapshot: readonly string[], updates: readonly string[], updatesLengthMax: number) {
    this.#texts = [...snapshot, ...updates];
    this.#updatesLength = lengthOf(updates);
    // Subscribers that already wait get it, however many updates there were.
    this.#updatesLengthMax = this.#updatesLength + updatesLengthMax;
  }

  /** Whether it no longer grows, because a new snapshot is cheaper. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get texts(): readonly string[] {
    return this.#texts;
  }

  /** The messages of the next turn. @param index the number of messages sent. */
  turn(index: number): readonly string[] {
    this.#wasRead = true;
    let end = index;
    for (let length = 0; length < LENGTH_A_TURN && end < this.#texts.length; end++)
      length += this.#texts[end]?.length ?? 0;
    return this.#texts.slice(index, end);
  }

  /** Appends published updates. */
  add(texts: readonly string[]): void {
    for (const text of texts) this.#texts.push(text);
    this.#updatesLength += lengthOf(texts);
    if (this.#updatesLength > this.#updatesLengthMax) this.#isOver = true;
  }

  /** Ends it, unless a subscriber was sent a part of it since the last call. */
  endUnread(): void {
    if (!this.#wasRead) this.#isOver = true;
    this.#wasRead = false;
  }
}

export function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

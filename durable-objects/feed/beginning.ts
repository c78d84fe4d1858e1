/** What begins a channel: messages that are sent at once, or those of a large book, which are sent in turns. */
export type Beginning = readonly string[] | LongBeginning;

/** So many characters are sent in one turn, or one message. */
const LENGTH_A_TURN = 256 * 1024;

/**
 * The snapshot of a large book, and what the followers were told since. It grows with what they are told, so
 * that who is sent it in turns has missed nothing at its end.
 */
export class LongBeginning {
  readonly #texts: string[];
  readonly #updatesLengthMax: number;
  #updatesLength: number;
  #isOver = false;
  #wasRead = false;

  /** @param updates what the followers were told while the snapshot was made. */
  constructor(snapshot: readonly string[], updates: readonly string[], updatesLengthMax: number) {
    this.#texts = [...snapshot, ...updates];
    this.#updatesLength = lengthOf(updates);
    // Whoever waits is given it, whatever has happened meanwhile.
    this.#updatesLengthMax = this.#updatesLength + updatesLengthMax;
  }

  /** Whether it grows no more: beginning anew is less. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get texts(): readonly string[] {
    return this.#texts;
  }

  /** The messages of the next turn. @param index how many were sent. */
  turn(index: number): readonly string[] {
    this.#wasRead = true;
    let end = index;
    for (let length = 0; length < LENGTH_A_TURN && end < this.#texts.length; end++)
      length += this.#texts[end]?.length ?? 0;
    return this.#texts.slice(index, end);
  }

  /** Takes note of what the followers were told. */
  add(texts: readonly string[]): void {
    for (const text of texts) this.#texts.push(text);
    this.#updatesLength += lengthOf(texts);
    if (this.#updatesLength > this.#updatesLengthMax) this.#isOver = true;
  }

  /** Ends it, unless somebody was sent of it since this was last called. */
  endUnread(): void {
    if (!this.#wasRead) this.#isOver = true;
    this.#wasRead = false;
  }
}

export function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

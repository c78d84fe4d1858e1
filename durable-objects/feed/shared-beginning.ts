import { CopyMemory } from "../../engine/book/copy-memory.ts";
import { PartWriter } from "../../protocol/feed/message-parts.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Beginning, LongBeginning, lengthOf } from "./beginning.ts";

/** No more items than this are formatted at once, on request. */
const ITEMS_AT_ONCE = 2_000;
/** With more items, this many are formatted in one turn of the event loop, in about 1 ms, */
const ITEMS_A_TURN = 500;
/** of the memory for a copy, this much is touched in one turn, */
const BYTES_A_TURN = 2 * 1024 * 1024;
/** and between turns the object does other work for this long. */
const PAUSE_MS = 1;
/** How long a snapshot is kept for other subscribers. */
const KEPT_MS = 10_000;
/** A new snapshot is cheaper than this many characters of updates, or than a quarter of the snapshot. */
const UPDATES_LENGTH_MAX = 512 * 1024;

/** What making a snapshot requires. */
export interface Making {
  readonly clock: Pick<Clock, "wait" | "after">;
  /** Called when a snapshot that was not ready at once is ready. */
  readonly onReady: () => void;
}

/** The content of a snapshot. */
export interface Copied {
  /** The fields that each text has beside the lists. */
  readonly head: object;
  readonly lists: readonly CopiedList[];
}

export interface CopiedList {
  readonly name: string;
  /** The items, each as JSON. */
  readonly texts: () => Iterable<string>;
}

/**
 * The messages that begin a channel. Those of a large book are made in turns, between flushes, once for all
 * subscribers that wait. Subscribers that come soon after get them as well, with the updates since.
 */
export class SharedBeginning {
  readonly #making: Making;
  #made: LongBeginning | undefined;
  /** The updates published since the book was copied, while the snapshot is being made. */
  #meanwhile: string[] | undefined;
  /** The memory that the next copy is made into. */
  #memory: CopyMemory | undefined;

  constructor(making: Making) {
    this.#making = making;
  }

  /** Whether the messages of a large book are there or are being made. */
  get isThere(): boolean {
    return this.#made?.isOver === false || this.#meanwhile !== undefined;
  }

  /**
   * The messages that bring a new subscriber to the current position; undefined while they are being made.
   * @param itemCount returns the number of items that a snapshot would have.
   * @param copy returns the content of a snapshot, copied into the memory if it is read later.
   * @param newMemory returns memory for a copy.
   */
  take(
    itemCount: () => number,
    copy: (memory: CopyMemory | undefined) => Copied,
    newMemory = () => new CopyMemory(0),
  ): Beginning | undefined {
    if (this.#made?.isOver === false) return this.#made;
    this.#made = undefined;
    if (this.#meanwhile !== undefined) return undefined;
    if (itemCount() > ITEMS_AT_ONCE) {
      const memory = this.#touched(newMemory);
      if (memory !== undefined) void this.#make(copy(memory));
      return undefined;
    }
    const copied = copy(undefined);
    const writer = new PartWriter(copied.lists.map(({ name }) => name));
    for (const { name, text } of itemsOf(copied)) writer.add(name, text);
    return writer.texts(copied.head);
  }

  /** Records published updates. */
  add(texts: readonly string[]): void {
    if (this.#meanwhile !== undefined) for (const text of texts) this.#meanwhile.push(text);
    if (this.#made?.isOver === false) this.#made.add(texts);
    else this.#made = undefined;
  }

  /** Memory that can be copied into at once; undefined while it is being touched. */
  #touched(newMemory: () => CopyMemory): CopyMemory | undefined {
    if (this.#memory === undefined) {
      this.#memory = newMemory();
      this.#memory.touch(BYTES_A_TURN);
      if (!this.#memory.isTouched) void this.#touch(this.#memory);
    }
    if (!this.#memory.isTouched) return undefined;
    const memory = this.#memory;
    this.#memory = undefined;
    return memory;
  }

  async #touch(memory: CopyMemory): Promise<void> {
    const { clock, onReady } = this.#making;
    while (!memory.isTouched) {
      await clock.wait(PAUSE_MS);
      memory.touch(BYTES_A_TURN);
    }
    clock.after(KEPT_MS, () => {
      if (this.#memory === memory) this.#memory = undefined;
    });
    onReady();
  }

  async #make(copied: Copied): Promise<void> {
    const meanwhile: string[] = [];
    this.#meanwhile = meanwhile;
    const writer = new PartWriter(copied.lists.map(({ name }) => name));
    let items = 0;
    for (const { name, text } of itemsOf(copied)) {
      writer.add(name, text);
      if (++items % ITEMS_A_TURN === 0) await this.#making.clock.wait(PAUSE_MS);
    }
    const texts = writer.texts(copied.head);
    await this.#making.clock.wait(PAUSE_MS);
    this.#meanwhile = undefined;
    const made = new LongBeginning(texts, meanwhile, Math.max(UPDATES_LENGTH_MAX, lengthOf(texts) / 4));
    this.#made = made;
    this.#keep(made);
    this.#making.onReady();
  }

  /** Drops a snapshot that no subscriber used for a while. */
  #keep(made: LongBeginning): void {
    this.#making.clock.after(KEPT_MS, () => {
      made.endUnread();
      if (!made.isOver) this.#keep(made);
      else if (this.#made === made) this.#made = undefined;
    });
  }
}

function* itemsOf({ lists }: Copied): Generator<{ readonly name: string; readonly text: string }> {
  for (const { name, texts } of lists) for (const text of texts()) yield { name, text };
}

/** A list of immutable items that are formatted when they are needed. */
export function listed(name: string, items: readonly object[]): CopiedList {
  return { name, texts: () => textsOf(items) };
}

function* textsOf(items: readonly object[]): Generator<string> {
  for (const item of items) yield JSON.stringify(item);
}

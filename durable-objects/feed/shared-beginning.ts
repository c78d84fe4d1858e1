import { PartWriter } from "../../protocol/feed/message-parts.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Beginning, LongBeginning, lengthOf } from "./beginning.ts";

/** So few items are written at once, when they are asked for. */
const ITEMS_AT_ONCE = 2_000;
/** Of more than that, so many are written in one turn of the event loop, about 1 ms, */
const ITEMS_A_TURN = 500;
/** and between the turns the object does other things for so long. */
const PAUSE_MS = 1;
/** So long what was made is kept for others who come. */
const KEPT_MS = 10_000;
/** Beginning anew is less than so many characters of updates, or than a quarter of the snapshot. */
const UPDATES_LENGTH_MAX = 512 * 1024;

/** What making one takes. */
export interface Making {
  readonly clock: Pick<Clock, "wait" | "after">;
  /** Called when what could not be given at once can be. */
  readonly onReady: () => void;
}

/** What a snapshot is of. */
export interface Copied {
  /** What each text says beside the lists. */
  readonly head: object;
  readonly lists: readonly CopiedList[];
}

export interface CopiedList {
  readonly name: string;
  /** Its items, each as JSON. */
  readonly texts: () => Iterable<string>;
}

/**
 * The messages that begin a channel. Those of a large book are made a little at a time, between flushes, once
 * for all who wait for them, and given with the updates since to all who come soon after.
 */
export class SharedBeginning {
  readonly #making: Making;
  #made: LongBeginning | undefined;
  /** What followers were told since the book was copied, while the snapshot is being made. */
  #meanwhile: string[] | undefined;

  constructor(making: Making) {
    this.#making = making;
  }

  /**
   * The messages that take a newcomer to where the followers are; undefined while they are being made.
   * @param itemCount how many items a snapshot would have.
   * @param copy gives what a snapshot would be of; copied, where it is to be read later.
   */
  take(itemCount: () => number, copy: (isReadLater: boolean) => Copied): Beginning | undefined {
    if (this.#made?.isOver === false) return this.#made;
    this.#made = undefined;
    if (this.#meanwhile !== undefined) return undefined;
    if (itemCount() > ITEMS_AT_ONCE) {
      void this.#make(copy(true));
      return undefined;
    }
    const copied = copy(false);
    const writer = new PartWriter(copied.lists.map(({ name }) => name));
    for (const { name, text } of itemsOf(copied)) writer.add(name, text);
    return writer.texts(copied.head);
  }

  /** Takes note of what the followers were told. */
  add(texts: readonly string[]): void {
    if (this.#meanwhile !== undefined) for (const text of texts) this.#meanwhile.push(text);
    if (this.#made?.isOver === false) this.#made.add(texts);
    else this.#made = undefined;
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

  /** Lets go of what nobody was sent for a while. */
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

/** A list of what does not change, whose items are written when they are needed. */
export function listed(name: string, items: readonly object[]): CopiedList {
  return { name, texts: () => textsOf(items) };
}

function* textsOf(items: readonly object[]): Generator<string> {
  for (const item of items) yield JSON.stringify(item);
}

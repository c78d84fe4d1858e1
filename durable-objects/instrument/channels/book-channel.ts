import { levelsMemory } from "../../../engine/book/book-copy.ts";
import type { Channel } from "../../../protocol/feed/feed-channel.ts";
import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { Beginning } from "../../feed/beginning.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { type Making, SharedBeginning } from "../../feed/shared-beginning.ts";
import { envelope, type InstrumentChannel } from "./channel.ts";
import { copiedLevels, levelCount } from "./copied.ts";
import { LevelChanges } from "./level-changes.ts";
import { Resumptions } from "./resumptions.ts";
import { type FeedSource, type FlushStep, type Levels, TouchedPrices } from "./source.ts";

/** Every level of the book. Each flush with an effect has a message, unless the channel is conflated. */
export class BookChannel implements InstrumentChannel {
  readonly outlivesMemory: boolean;
  readonly #source: FeedSource;
  readonly #channel: Channel;
  readonly #touched = new TouchedPrices();
  readonly #beginning: SharedBeginning;
  readonly #resumptions: Resumptions;
  #seq: number;

  /** @param isConflated whether flushes are merged. The last published state is then only in memory. */
  constructor(source: FeedSource, channel: Channel, isConflated: boolean, making: Making) {
    this.#beginning = new SharedBeginning(making);
    this.#resumptions = new Resumptions(source, making, ({ seq }) => {
      return new LevelChanges(source, () => this.#head(source.book.sequence, seq));
    });
    this.#source = source;
    this.#channel = channel;
    this.#seq = source.book.sequence;
    this.outlivesMemory = !isConflated;
  }

  begin(): Beginning | undefined {
    const { book } = this.#source;
    return this.#beginning.take(
      () => levelCount(this.#source),
      (memory) => ({
        head: this.#head(book.sequence, null),
        lists: copiedLevels(this.#source, memory),
      }),
      () => levelsMemory(book),
    );
  }

  note(step: FlushStep): void {
    this.#touched.add(step);
    this.#resumptions.note();
  }

  next(): string[] {
    const { sequence } = this.#source.book;
    if (sequence === this.#seq) return [];
    const texts = this.#message(sequence, this.#seq, this.#touched.take(this.#source));
    this.#seq = sequence;
    this.#beginning.add(texts);
    this.#resumptions.add(texts);
    return texts;
  }

  resume(from: ResumePoint): Resumed {
    return this.#resumptions.resume(from);
  }

  #message(seq: number, prevSeq: number | null, levels: Levels): string[] {
    return messageTexts(this.#head(seq, prevSeq), levels);
  }

  #head(seq: number, prevSeq: number | null): object {
    return { ...envelope(this.#source, this.#channel, seq, prevSeq), checksum: this.#source.checksum };
  }
}

import type { Channel } from "../../../protocol/feed/feed-channel.ts";
import { messageTexts } from "../../../protocol/feed/message-parts.ts";
import type { Beginning } from "../../feed/beginning.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { type Making, SharedBeginning } from "../../feed/shared-beginning.ts";
import { touchedPrices } from "../../records/book-view.ts";
import { envelope, eventsSince, type InstrumentChannel } from "./channel.ts";
import { copiedLevels, levelCount } from "./copied.ts";
import { type FeedSource, type FlushStep, type Levels, levelsNow, TouchedPrices } from "./source.ts";

/** Every level of the book. Each flush with an effect has a message, unless the channel is conflated. */
export class BookChannel implements InstrumentChannel {
  readonly outlivesMemory: boolean;
  readonly #source: FeedSource;
  readonly #channel: Channel;
  readonly #touched = new TouchedPrices();
  readonly #beginning: SharedBeginning;
  #seq: number;

  /** @param isConflated whether flushes are merged. The last published state is then only in memory. */
  constructor(source: FeedSource, channel: Channel, isConflated: boolean, making: Making) {
    this.#beginning = new SharedBeginning(making);
    this.#source = source;
    this.#channel = channel;
    this.#seq = source.book.sequence;
    this.outlivesMemory = !isConflated;
  }

  begin(): Beginning | undefined {
    const { book } = this.#source;
    return this.#beginning.take(
      () => levelCount(this.#source),
      (isReadLater) => ({
        head: this.#head(book.sequence, null),
        lists: copiedLevels(this.#source, isReadLater),
      }),
    );
  }

  note(step: FlushStep): void {
    this.#touched.add(step);
  }

  next(): string[] {
    const { sequence } = this.#source.book;
    if (sequence === this.#seq) return [];
    const texts = this.#message(sequence, this.#seq, this.#touched.take(this.#source));
    this.#seq = sequence;
    this.#beginning.add(texts);
    return texts;
  }

  resume(from: ResumePoint): Resumed {
    const events = eventsSince(this.#source, from);
    if (typeof events === "string") return { reason: events };
    const { book, journal } = this.#source;
    const touched = touchedPrices(events, (order) => journal.orders.read(order)?.priceTicks ?? null);
    return { texts: this.#message(book.sequence, from.seq, levelsNow(this.#source, touched)) };
  }

  #message(seq: number, prevSeq: number | null, levels: Levels): string[] {
    return messageTexts(this.#head(seq, prevSeq), levels);
  }

  #head(seq: number, prevSeq: number | null): object {
    return { ...envelope(this.#source, this.#channel, seq, prevSeq), checksum: this.#source.checksum };
  }
}

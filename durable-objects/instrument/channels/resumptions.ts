import type { Event } from "../../../engine/vocabulary/event.ts";
import { LongBeginning } from "../../feed/beginning.ts";
import type { Resumed, ResumePoint } from "../../feed/live-channel.ts";
import { type Copied, type Making, SharedBeginning } from "../../feed/shared-beginning.ts";
import type { FeedSource } from "./source.ts";

/** More events than these are not read for one subscriber: beginning anew costs less. */
const EVENTS_MAX = 20_000;
/** At most this many events are read in one turn of the event loop, about 5 ms: all that a flush may have, */
const EVENTS_A_TURN = 500;
/** and between the turns the object does other things for this long. */
const PAUSE_MS = 1;
/** For how long the events that were read are kept if nobody resumes from the same point. */
const KEPT_MS = 10_000;

/** What the events after a point change, as one channel publishes it. */
export interface Changes {
  /** Adds what the next events change. */
  add(events: readonly Event[]): void;
  /** At most how many items the update has. */
  readonly count: number;
  /** The update from the point to where the book is. */
  copy(): Copied;
}

/** The part of an instrument that events are read from. */
type Source = {
  readonly book: Pick<FeedSource["book"], "sequence">;
  readonly journal: Pick<FeedSource["journal"], "epoch" | "eventsAfter"> & {
    readonly base: { readonly sequence: number };
  };
};

/**
 * What takes the subscribers of a channel from where their chains broke off to where the channel is: one update
 * for all that they missed. Many events are read over many turns, and what is published meanwhile follows the
 * update. Subscribers that resume from the same point share the work.
 */
export class Resumptions {
  readonly #source: Source;
  readonly #making: Making;
  readonly #changesSince: (from: ResumePoint) => Changes;
  /** Those that take more than one turn, by sequence. */
  readonly #long = new Map<number, Resumption>();
  /** Settles when the points before have been read: one is read after the other. */
  #reading: Promise<void> = Promise.resolve();

  constructor(source: Source, making: Making, changesSince: (from: ResumePoint) => Changes) {
    this.#source = source;
    this.#making = making;
    this.#changesSince = changesSince;
  }

  resume(from: ResumePoint): Resumed {
    const { book, journal } = this.#source;
    if (from.epoch !== journal.epoch()) return { reason: "epoch_changed" };
    if (from.seq > book.sequence) return { reason: "ahead" };
    const known = this.#long.get(from.seq);
    const resumption =
      known ?? new Resumption(this.#source, this.#making, from.seq, this.#changesSince(from));
    const resumed = resumption.take();
    if ("reason" in resumed) this.#long.delete(from.seq);
    else if (resumed.texts === undefined || resumed.texts instanceof LongBeginning) {
      if (known === undefined) this.#keep(from.seq, resumption);
      this.#reading = resumption.read(this.#reading);
    }
    return resumed;
  }

  /** Reads what a flush did, so that the subscribers of a busy channel do not wait for ever. */
  note(): void {
    for (const resumption of this.#long.values()) resumption.follow();
  }

  /** Notes what was published to the subscribers. */
  add(texts: readonly string[]): void {
    for (const resumption of this.#long.values()) resumption.beginning.add(texts);
  }

  #keep(seq: number, resumption: Resumption): void {
    this.#long.set(seq, resumption);
    this.#making.clock.after(KEPT_MS, () => {
      if (this.#long.get(seq) !== resumption) return;
      if (resumption.isBusy) this.#keep(seq, resumption);
      else this.#long.delete(seq);
    });
  }
}

/** What the subscribers that resume from one point missed. */
class Resumption {
  readonly beginning: SharedBeginning;
  readonly #source: Source;
  readonly #making: Making;
  readonly #changes: Changes;
  readonly #from: number;
  /** The sequence of the last event that was read. */
  #through: number;
  #isReading = false;
  /** Whether somebody waits for the update. */
  #isAwaited = false;

  constructor(source: Source, making: Making, from: number, changes: Changes) {
    this.beginning = new SharedBeginning(making);
    this.#source = source;
    this.#making = making;
    this.#changes = changes;
    this.#from = from;
    this.#through = from;
  }

  /** Whether somebody waits for it, or may still be sent it. */
  get isBusy(): boolean {
    return this.#isAwaited || this.beginning.isThere;
  }

  /** The update; undefined while it is being made, or if there are events to be read first. */
  take(): Resumed {
    if (!this.beginning.isThere) {
      if (this.#isTooLong) return { reason: "too_old" };
      this.#isAwaited = this.#left > EVENTS_A_TURN;
      if (this.#isAwaited) return { texts: undefined };
      this.#readNext();
    }
    const texts = this.beginning.take(
      () => this.#changes.count,
      () => this.#changes.copy(),
    );
    return { texts };
  }

  /** Reads events until few are left, then reports that the update can be made. @param before what it waits for. */
  async read(before: Promise<void>): Promise<void> {
    if (this.#isReading || !this.#isAwaited) return before;
    this.#isReading = true;
    await before;
    while (!this.#isTooLong && this.#left > EVENTS_A_TURN) {
      this.#readNext();
      await this.#making.clock.wait(PAUSE_MS);
    }
    this.#isReading = false;
    this.#making.onReady();
  }

  /** Reads what a flush did, once the events before it have been read. */
  follow(): void {
    if (this.#isAwaited && !this.#isReading) this.#readNext();
  }

  get #left(): number {
    return this.#source.book.sequence - this.#through;
  }

  /** Whether it is no longer worth it, or the journal no longer has the events. */
  get #isTooLong(): boolean {
    const { book, journal } = this.#source;
    return book.sequence - this.#from > EVENTS_MAX || this.#through < journal.base.sequence;
  }

  #readNext(): void {
    const events = this.#source.journal.eventsAfter(this.#through, EVENTS_A_TURN);
    this.#through = events.at(-1)?.sequence ?? this.#through;
    this.#changes.add(events);
  }
}

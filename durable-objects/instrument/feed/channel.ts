import type { Event } from "../../../engine/event.ts";
import type { ResyncReason } from "../../../protocol/feed-message.ts";
import type { FeedSource, Step } from "./source.ts";

/** More events than these are not gone through for one subscriber: beginning anew is less. */
const RESUME_EVENTS_MAX = 20_000;

/**
 * One channel as all of its subscribers get it: a chain of messages, each a text that is made once. It lives
 * as long as it has subscribers and the object its memory.
 */
export interface LiveChannel {
  /**
   * Whether the chain can go on after the memory was lost; otherwise it begins anew, with a snapshot to
   * those who are there.
   */
  readonly outlivesMemory: boolean;
  /** The messages that begin the chain for one more subscriber, where the chain is. */
  begin(): string[];
  /** Takes note of a flush. */
  note(step: Step): void;
  /** The message that takes subscribers to where the book is; undefined if nothing is to be told. */
  next(): string | undefined;
  /** The message from after a `seq` to where the chain is, or why there is none. Absent: the chain begins anew. */
  resume?(seq: number): Resumed;
}

/** What takes a subscriber up to where a chain is, or why it must begin anew. */
export type Resumed = { readonly text: string } | { readonly reason: ResyncReason };

/** What every message of a channel says, in front of what it is about. */
export function envelope(source: FeedSource, channel: string, seq: number, prevSeq: number | null) {
  return {
    type: prevSeq === null ? "snapshot" : "update",
    channel,
    instrument: source.spec.instrument,
    epoch: source.journal.epoch(),
    seq,
    prev_seq: prevSeq,
    time: source.time,
  };
}

/** The events after a sequence, or why they cannot be had. */
export function eventsSince({ book, journal }: FeedSource, sequence: number): Event[] | ResyncReason {
  if (sequence > book.sequence) return "ahead";
  if (sequence < journal.base.sequence) return "too_old";
  const events = journal.eventsAfter(sequence, RESUME_EVENTS_MAX + 1);
  return events.length > RESUME_EVENTS_MAX ? "too_old" : events;
}

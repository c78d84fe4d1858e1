import type { Event } from "../../../engine/vocabulary/event.ts";
import type { ResyncReason } from "../../../protocol/feed/feed-message.ts";
import type { LiveChannel, ResumePoint } from "../../feed/live-channel.ts";
import type { FeedSource, FlushStep } from "./source.ts";

/** More events than these are not gone through for one subscriber: beginning anew is less. */
const RESUME_EVENTS_MAX = 20_000;

/** A channel of an instrument. */
export interface InstrumentChannel extends LiveChannel {
  /** Takes note of a flush. */
  note(step: FlushStep): void;
}

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

/** The message that ends the chain of a channel. */
export function resyncText(instrument: string, channel: string, epoch: number, reason: ResyncReason): string {
  return JSON.stringify({ type: "resync", channel, instrument, epoch, reason });
}

/** The events after where a chain broke off, or why they cannot be had. */
export function eventsSince({ book, journal }: FeedSource, from: ResumePoint): Event[] | ResyncReason {
  if (from.epoch !== journal.epoch()) return "epoch_changed";
  if (from.seq > book.sequence) return "ahead";
  if (from.seq < journal.base.sequence) return "too_old";
  const events = journal.eventsAfter(from.seq, RESUME_EVENTS_MAX + 1);
  return events.length > RESUME_EVENTS_MAX ? "too_old" : events;
}

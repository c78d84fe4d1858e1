import type { Event } from "../../../engine/vocabulary/event.ts";
import type { ResyncReason } from "../../../protocol/feed/feed-message.ts";
import type { LiveChannel, ResumePoint } from "../../feed/live-channel.ts";
import type { FeedSource, FlushStep } from "./source.ts";

/** The most events that a resume reads. Beyond them, a new snapshot is cheaper. */
const RESUME_EVENTS_MAX = 20_000;

/** A channel of an instrument. */
export interface InstrumentChannel extends LiveChannel {
  /** Records a flush. */
  note(step: FlushStep): void;
}

/** The common fields of a channel's messages, which come before the others. */
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

/** The events after the position where a chain broke off, or the reason why it cannot resume. */
export function eventsSince({ book, journal }: FeedSource, from: ResumePoint): Event[] | ResyncReason {
  if (from.epoch !== journal.epoch()) return "epoch_changed";
  if (from.seq > book.sequence) return "ahead";
  if (from.seq < journal.base.sequence) return "too_old";
  const events = journal.eventsAfter(from.seq, RESUME_EVENTS_MAX + 1);
  return events.length > RESUME_EVENTS_MAX ? "too_old" : events;
}

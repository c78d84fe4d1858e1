import type { ResyncReason } from "../../../protocol/feed/feed-message.ts";
import type { LiveChannel } from "../../feed/live-channel.ts";
import type { FeedSource, FlushStep } from "./source.ts";

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

import type { ChannelMessage } from "../protocol/feed/feed-message.ts";

/** What a client knows from one channel. */
export interface ChannelState<M extends ChannelMessage = ChannelMessage> {
  /** Whether the channel can resume after a broken connection. Otherwise it begins with a new snapshot. */
  readonly isResumable: boolean;
  /**
   * Applies a message. A snapshot replaces the state, an update changes it.
   * @param seq the position of the state before the message. The part of an update up to it is already known.
   */
  apply(message: M, seq: number): void;
  /** Whether the state equals the venue's, as far as the message can prove it. */
  isProven(message: M): boolean;
}

/** How a message relates to a position (epoch and `seq`) in its chain. */
export type Place = "next" | "known" | "gap";

/**
 * Classifies a message by the position of the client. An update that begins before that position and ends
 * after it is also "next": its values are absolute, so applying them twice is harmless.
 */
export function placeOf(
  message: ChannelMessage,
  at: { readonly seq: number; readonly epoch: number } | undefined,
): Place {
  if (message.type === "snapshot") return "next";
  if (at === undefined || message.epoch !== at.epoch || message.prev_seq > at.seq) return "gap";
  // The trading status may change without an event.
  if (message.channel === "status") return message.seq < at.seq ? "known" : "next";
  return message.seq <= at.seq ? "known" : "next";
}

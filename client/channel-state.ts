import type { ChannelMessage } from "../protocol/feed/feed-message.ts";

/** What a client knows by one channel. */
export interface ChannelState<M extends ChannelMessage = ChannelMessage> {
  /** Whether the channel can go on where a connection broke off; otherwise it begins anew. */
  readonly isResumable: boolean;
  /**
   * Takes in a message: a snapshot replaces all, an update changes it.
   * @param seq where the state was before; what an update says of before that is known already.
   */
  apply(message: M, seq: number): void;
  /** Whether the state is the venue's, as far as the message can prove it. */
  isProven(message: M): boolean;
}

/** What a message is to who is at a `seq` of an epoch. */
export type Place = "next" | "known" | "gap";

/**
 * Where a message belongs in the chain of its channel. An update that begins before where the client is and
 * ends after it is next, too: it tells how things are, not by how much they changed.
 */
export function placeOf(
  message: ChannelMessage,
  at: { readonly seq: number; readonly epoch: number } | undefined,
): Place {
  if (message.type === "snapshot") return "next";
  if (at === undefined || message.epoch !== at.epoch || message.prev_seq > at.seq) return "gap";
  // The status may change without an event.
  if (message.channel === "status") return message.seq < at.seq ? "known" : "next";
  return message.seq <= at.seq ? "known" : "next";
}

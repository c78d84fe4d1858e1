import type { ResyncReason } from "../../protocol/feed/feed-message.ts";
import type { Beginning } from "./beginning.ts";

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
  /**
   * The messages that begin the chain for one more subscriber, where the chain is. Undefined while they are
   * being made; the feed is told when they are there.
   */
  begin(): Beginning | undefined;
  /** What all subscribers are to be told now; empty if nothing is. */
  next(): readonly string[];
  /** What takes a subscriber up to where the chain is, or why nothing does. Absent: its chain begins anew. */
  resume?(from: ResumePoint): Resumed;
}

/** Where a subscriber's chain broke off. */
export interface ResumePoint {
  readonly seq: number;
  readonly epoch: number;
}

/** The messages that take a subscriber up to where a chain is, undefined while they are made, or why it must begin anew. */
export type Resumed = { readonly texts: Beginning | undefined } | { readonly reason: ResyncReason };

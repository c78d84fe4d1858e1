import type { ResyncReason } from "../../protocol/feed/feed-message.ts";
import type { Beginning } from "./beginning.ts";

/**
 * One channel, the same for all of its subscribers: a chain of messages, each formatted once. It lives while
 * it has subscribers and its object has its memory.
 */
export interface LiveChannel {
  /**
   * Whether the chain can continue after memory was lost. Otherwise it begins anew, with a snapshot for its
   * subscribers.
   */
  readonly outlivesMemory: boolean;
  /**
   * The messages that begin the chain for another subscriber, at its current position. Undefined while they
   * are being made; the feed is notified when they are ready.
   */
  begin(): Beginning | undefined;
  /** The messages that all subscribers get now; empty if nothing changed. */
  next(): readonly string[];
  /**
   * The messages that bring a subscriber to the current position, or the reason why there are none. If the
   * method is absent, the chain begins anew.
   */
  resume?(from: ResumePoint): Resumed;
}

/** Where a subscriber's chain broke off. */
export interface ResumePoint {
  readonly seq: number;
  readonly epoch: number;
}

/**
 * The messages that bring a subscriber to the current position, undefined while they are being made; or the
 * reason why its chain must begin anew.
 */
export type Resumed = { readonly texts: Beginning | undefined } | { readonly reason: ResyncReason };

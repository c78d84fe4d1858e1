import type { ResyncReason } from "../../protocol/feed/feed-message.ts";
import type { LiveChannel } from "./live-channel.ts";
import type { Session } from "./session.ts";
import type { Making } from "./shared-beginning.ts";

/** The parts of a feed. A topic is what a subscriber follows. Its key names the channel that publishes it. */
export interface FeedParts<C extends LiveChannel> {
  readonly make: (key: string, making: Making) => C;
  /** Whether the messages of a channel are conflated and sent at intervals. */
  readonly isConflated: (key: string) => boolean;
  /** The message that ends the chain of a topic; none if the chain has not begun. */
  readonly resync: (topic: string, reason: ResyncReason) => readonly string[];
  /** Called once for each subscriber that has left. @param code the close code of its connection. */
  readonly hasLeft: (session: Session, code: number) => void;
  /** Called for each channel that has no subscriber any more. */
  readonly hasEnded?: (channel: C) => void;
}

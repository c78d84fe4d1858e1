import type { ResyncReason } from "../../protocol/feed/feed-message.ts";
import type { LiveChannel } from "./live-channel.ts";
import type { Session } from "./session.ts";
import type { Making } from "./shared-beginning.ts";

/** What a feed is made of: a topic is what one may follow, its key is the channel that tells of it. */
export interface FeedParts<C extends LiveChannel> {
  readonly make: (key: string, making: Making) => C;
  /** Whether the messages of a channel are put together, to be sent now and then. */
  readonly isConflated: (key: string) => boolean;
  /** The message that ends the chain of a topic; none where that has not begun. */
  readonly resync: (topic: string, reason: ResyncReason) => readonly string[];
  /** Told once of each subscriber that is there no more. @param code with which its connection was closed. */
  readonly hasLeft: (session: Session, code: number) => void;
  /** Told of each channel that nobody has any more. */
  readonly hasEnded?: (channel: C) => void;
}

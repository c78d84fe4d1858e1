import { apply } from "./apply.ts";
import type { OrderBook } from "./book/order-book.ts";
import type { Command } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { RejectReason } from "./vocabulary/reject-reason.ts";
import { GROUP_EVENTS_FACTOR } from "./vocabulary/unfinished.ts";

/** The command of a group that was refused, and why. */
export interface GroupRefusal {
  readonly index: number;
  readonly reason: RejectReason;
}

/**
 * Applies all commands or none: at the first that is refused, book and events are as they were before the
 * first. A group does a bounded amount of work: what would begin after that is refused, and so is what would
 * come after a change of status that has an uncross to be finished.
 *
 * @param ends takes for each command how many events there are after it.
 * @returns which command was refused, or undefined when all were applied.
 */
export function applyGroup(
  book: OrderBook,
  commands: readonly Command[],
  events: EventBuffer,
  ends: number[] = [],
): GroupRefusal | undefined {
  const eventCount = events.length;
  const bound = eventCount + book.eventsAtOnce * GROUP_EVENTS_FACTOR;
  book.begin();
  for (const [index, command] of commands.entries()) {
    const hasRoom = events.length < bound && book.work.uncross === undefined;
    const reason = hasRoom ? apply(book, command, events) : "too_many_changes";
    ends.push(events.length);
    if (reason === undefined) continue;
    book.rollback();
    events.truncate(eventCount);
    return { index, reason };
  }
  book.commit();
  return undefined;
}

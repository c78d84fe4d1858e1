import { apply } from "./apply.ts";
import type { OrderBook } from "./book/order-book.ts";
import type { Command } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { RejectReason } from "./vocabulary/reject-reason.ts";
import { GROUP_EVENTS_FACTOR } from "./vocabulary/unfinished.ts";

/** The rejected command of a group, and the reason. */
export interface GroupRefusal {
  readonly index: number;
  readonly reason: RejectReason;
}

/**
 * Applies all commands or none. At the first rejection, book and events are restored to their state before
 * the first command. The work of a group is bounded: a command that would start beyond the bound is rejected,
 * and so is a command that follows a change of status with an unfinished uncross.
 *
 * @param ends receives, for each command, the number of events after it.
 * @returns the rejected command, or undefined if all were applied.
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

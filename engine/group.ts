import { apply } from "./apply.ts";
import type { Command } from "./command.ts";
import type { EventBuffer } from "./event-buffer.ts";
import type { OrderBook } from "./order-book.ts";
import type { RejectReason } from "./reject-reason.ts";

/** The command of a group that was refused, and why. */
export interface GroupRefusal {
  readonly index: number;
  readonly reason: RejectReason;
}

/**
 * Applies all commands or none: at the first that is refused, book and events are as they were before the
 * first.
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
  book.begin();
  for (const [index, command] of commands.entries()) {
    const reason = apply(book, command, events);
    ends.push(events.length);
    if (reason === undefined) continue;
    book.rollback();
    events.truncate(eventCount);
    return { index, reason };
  }
  book.commit();
  return undefined;
}

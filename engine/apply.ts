import { whyNotAdmitted } from "./admit.ts";
import { advance } from "./advance.ts";
import { amend } from "./amend.ts";
import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import { endOrder } from "./end-order.ts";
import { leaveUnfinished, startMassCancel } from "./go-on.ts";
import { enter, placeOco } from "./place.ts";
import { placePlain } from "./place-plain.ts";
import { setStatus } from "./status.ts";
import { Taker } from "./taker.ts";
import { triggerReached } from "./trigger.ts";
import type { CancelCommand, Command, PlaceTermsCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { RejectReason } from "./vocabulary/reject-reason.ts";

/**
 * Applies one command: changes the book and appends the events to `events`, or rejects the command and
 * changes neither. It is deterministic: the same commands give the same events, bit for bit.
 *
 * The number of a placed order is the sequence of its first event: `book.sequence + 1` before the call. The
 * caller must apply `advance` before any other command with a time at or after `book.nextDueMs`.
 *
 * The work of one command is bounded. An order meets a limited number of others, and whatever else follows
 * from a command stops after a limited number of events. The rest is in `book.unfinished`, and `advance`
 * continues it.
 *
 * @returns the reason of the rejection, or undefined if the command was applied.
 * @throws if the time of the command is before the book's last event, or if an uncross is unfinished and the
 * command is not `advance`. These are errors of the shell, not of a client.
 */
export function apply(book: OrderBook, command: Command, events: EventBuffer): RejectReason | undefined {
  if (command.timeMs < book.timeMs)
    throw new Error(`time went back from ${book.timeMs} to ${command.timeMs}`);
  if (book.work.uncross !== undefined && command.kind !== "advance")
    throw new Error(`${command.kind} during an unfinished uncross`);
  // The event `advanced` marks the time and does no work of its own, so it does not count.
  const bound = events.length + book.eventsAtOnce + (command.kind === "advance" ? 1 : 0);
  const reason = dispatch(book, command, events, bound);
  if (reason !== undefined) return reason;
  if (book.stops.count > 0 && book.isTriggering) {
    // A command that does nothing itself may still find stops to trigger.
    book.timeMs = command.timeMs;
    triggerReached(book, events, bound);
  }
  book.work.settle();
  if (book.work.said !== undefined || book.work.hasAny) leaveUnfinished(book, events);
  return undefined;
}

/** @param bound no further work starts once the buffer has this many events. */
function dispatch(
  book: OrderBook,
  command: Command,
  events: EventBuffer,
  bound: number,
): RejectReason | undefined {
  switch (command.kind) {
    case "place_limit":
    case "place_market":
      return placePlain(book, command, events);
    case "place":
      return place(book, command, events);
    case "cancel":
      return cancel(book, command, events);
    case "place_oco":
      return placeOco(book, command, events);
    case "amend":
      return amend(book, command, events);
    case "cancel_all":
      return startMassCancel(book, command, events, bound);
    case "advance":
      return advance(book, command, events, bound);
    case "set_status":
      return setStatus(book, command, events, bound);
  }
}

function place(book: OrderBook, command: PlaceTermsCommand, events: EventBuffer): RejectReason | undefined {
  const taker = new Taker(command, command.type, command.terms);
  const reason = whyNotAdmitted(book, taker, command.timeMs);
  if (reason !== undefined) return reason;

  // Point of no return: nothing below rejects.
  book.timeMs = command.timeMs;
  enter(book, taker, events);
  return undefined;
}

function cancel(book: OrderBook, command: CancelCommand, events: EventBuffer): RejectReason | undefined {
  const slot = book.slotOf(command.orderNumber);
  if (slot === NONE) return "order_not_resting";

  // Point of no return: nothing below rejects.
  book.timeMs = command.timeMs;
  endOrder(book, slot, "by_owner", events);
  return undefined;
}

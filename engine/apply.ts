import { whyNotAdmitted } from "./admit.ts";
import { advance } from "./advance.ts";
import { amend } from "./amend.ts";
import type { CancelAllCommand, CancelCommand, Command, PlaceTermsCommand } from "./command.ts";
import { endOrder } from "./end-order.ts";
import type { EventBuffer } from "./event-buffer.ts";
import { NONE } from "./integer-map.ts";
import type { OrderBook } from "./order-book.ts";
import { enter, placeOco } from "./place.ts";
import { placePlain } from "./place-plain.ts";
import type { RejectReason } from "./reject-reason.ts";
import { setStatus } from "./status.ts";
import { Taker } from "./taker.ts";
import { triggerReached } from "./trigger.ts";

/**
 * Applies one command: changes the book and appends what happened to `events`, or refuses it and
 * does neither. Deterministic: the same commands give the same events, bit for bit.
 *
 * The order a placed command becomes is numbered by its first event: `book.sequence + 1` before the call.
 * `advance` is due before any other command that is stamped at or after `book.nextDueMs`.
 *
 * @returns why the command was refused, or undefined when it was applied.
 * @throws if the command is stamped earlier than the book's last event: the shell's error, not a client's.
 */
export function apply(book: OrderBook, command: Command, events: EventBuffer): RejectReason | undefined {
  if (command.timeMs < book.timeMs)
    throw new Error(`time went back from ${book.timeMs} to ${command.timeMs}`);
  const reason = dispatch(book, command, events);
  if (book.stops.count > 0 && reason === undefined) triggerReached(book, events);
  return reason;
}

function dispatch(book: OrderBook, command: Command, events: EventBuffer): RejectReason | undefined {
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
      return cancelAll(book, command, events);
    case "advance":
      return advance(book, command, events);
    case "set_status":
      return setStatus(book, command, events);
  }
}

function place(book: OrderBook, command: PlaceTermsCommand, events: EventBuffer): RejectReason | undefined {
  const { client, side, type, priceTicks, quantityLots, selfTrade = "none", terms } = command;
  const taker = new Taker(client, side, type, priceTicks, quantityLots, quantityLots, selfTrade, terms);
  const reason = whyNotAdmitted(book, taker, command.timeMs);
  if (reason !== undefined) return reason;

  // Point of no return: nothing below refuses.
  book.timeMs = command.timeMs;
  enter(book, taker, events);
  return undefined;
}

function cancel(book: OrderBook, command: CancelCommand, events: EventBuffer): RejectReason | undefined {
  const slot = book.slotOf(command.orderNumber);
  if (slot === NONE) return "order_not_resting";

  // Point of no return: nothing below refuses.
  book.timeMs = command.timeMs;
  endOrder(book, slot, "by_owner", events);
  return undefined;
}

/** Refuses nothing; a client without open orders has none to cancel. */
function cancelAll(book: OrderBook, command: CancelAllCommand, events: EventBuffer): undefined {
  for (const orderNumber of book.clients.orderNumbers(command.client)) {
    // The other leg of a pair has ended with the first.
    const slot = book.slotOf(orderNumber);
    if (slot === NONE || (command.side !== undefined && book.orders.side(slot) !== command.side)) continue;
    book.timeMs = command.timeMs;
    endOrder(book, slot, "by_owner", events);
  }
}

import type { CancelCommand, Command, PlaceCommand } from "./command.ts";
import type { EventBuffer } from "./event-buffer.ts";
import { NONE } from "./integer-map.ts";
import { match } from "./match.ts";
import type { OrderBook } from "./order-book.ts";
import type { RejectReason } from "./reject-reason.ts";
import { UNIT_MAX } from "./units.ts";

/**
 * Applies one command: changes the book and appends what happened to `events`, or refuses it and
 * does neither. Deterministic: the same commands give the same events, bit for bit.
 *
 * The order a placed command becomes is numbered by its first event: `book.sequence + 1` before the call.
 *
 * @returns why the command was refused, or undefined when it was applied.
 * @throws if the command is stamped earlier than the book's last event: the shell's error, not a client's.
 */
export function apply(book: OrderBook, command: Command, events: EventBuffer): RejectReason | undefined {
  if (command.timeMs < book.timeMs)
    throw new Error(`time went back from ${book.timeMs} to ${command.timeMs}`);
  return command.kind === "cancel" ? cancel(book, command, events) : place(book, command, events);
}

function place(book: OrderBook, command: PlaceCommand, events: EventBuffer): RejectReason | undefined {
  const reason = whyNotPlaced(book, command);
  if (reason !== undefined) return reason;

  // Point of no return: nothing below refuses.
  const { timeMs, client, side, quantityLots } = command;
  const priceTicks = command.kind === "place_limit" ? command.priceTicks : undefined;
  const orderNumber = ++book.sequence;
  book.timeMs = timeMs;
  events.accepted(orderNumber, timeMs, client, side, priceTicks, quantityLots);
  const remaining = match(book, timeMs, orderNumber, side, priceTicks, quantityLots, events);
  if (remaining === 0) return undefined;
  if (priceTicks === undefined) {
    events.cancelled(++book.sequence, timeMs, orderNumber, side, undefined, remaining, "no_liquidity");
  } else {
    book.rest(orderNumber, client, side, priceTicks, quantityLots, remaining);
    events.rested(++book.sequence, timeMs, orderNumber, client, side, priceTicks, quantityLots, remaining);
  }
  return undefined;
}

function whyNotPlaced(book: OrderBook, command: PlaceCommand): RejectReason | undefined {
  const rules = book.rules;
  const { quantityLots } = command;
  if (command.kind === "place_limit") {
    if (command.priceTicks < rules.minimumPriceTicks) return "price_below_minimum";
    if (command.priceTicks > rules.maximumPriceTicks) return "price_above_maximum";
  }
  if (quantityLots < rules.minimumQuantityLots) return "quantity_below_minimum";
  if (quantityLots > rules.maximumQuantityLots) return "quantity_above_maximum";
  if (command.kind === "place_limit") {
    // The totals of a side must stay exact, so their sum is bounded like any amount.
    const isFull =
      book.restingCount >= rules.maximumRestingOrders ||
      book.side(command.side).totalLots + quantityLots > UNIT_MAX;
    if (isFull) return "book_full";
  }
  return undefined;
}

function cancel(book: OrderBook, command: CancelCommand, events: EventBuffer): RejectReason | undefined {
  const { orderNumber, timeMs } = command;
  const slot = book.slotOf(orderNumber);
  if (slot === NONE) return "order_not_resting";

  // Point of no return: nothing below refuses.
  const side = book.orders.side(slot);
  const remaining = book.orders.remainingLots(slot);
  const priceTicks = book.priceTicks(slot);
  book.timeMs = timeMs;
  book.remove(slot);
  events.cancelled(++book.sequence, timeMs, orderNumber, side, priceTicks, remaining, "by_owner");
  return undefined;
}

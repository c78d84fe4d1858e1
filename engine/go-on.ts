import { NONE } from "./book/integer-map.ts";
import { isCovered } from "./book/mass-cancels.ts";
import type { OrderBook } from "./book/order-book.ts";
import { endOrder } from "./end-order.ts";
import type { CancelAllCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { MassCancel, Unfinished } from "./vocabulary/unfinished.ts";
import type { OrderNumber } from "./vocabulary/units.ts";

/**
 * Starts to cancel all open orders of a client. It rejects nothing: a client without orders has nothing to
 * cancel.
 */
export function startMassCancel(
  book: OrderBook,
  { client, side, timeMs }: CancelAllCommand,
  events: EventBuffer,
  bound: number,
): undefined {
  if (book.clients.count(client) === 0) return;
  const throughNumber = book.sequence as OrderNumber;
  book.work.massCancels.add({ client, throughNumber, ...(side === undefined ? {} : { side }) });
  // A mass cancel that queues behind another one has its events later.
  const before = { timeMs: book.timeMs, count: events.length };
  book.timeMs = timeMs;
  goOnCancelling(book, events, bound);
  const hasLeft = book.work.massCancels.list.length > 0 || !isSame(book.work.all, book.work.said);
  if (events.length === before.count && !hasLeft) book.timeMs = before.timeMs;
}

/** Continues the mass cancels, oldest order first, until the buffer has `bound` events. */
export function goOnCancelling(book: OrderBook, events: EventBuffer, bound: number): void {
  const { massCancels } = book.work;
  for (let [first] = massCancels.list; first !== undefined; [first] = massCancels.list) {
    if (events.length >= bound) return;
    const orderNumber = massCancels.next();
    if (orderNumber === undefined) massCancels.shift();
    else cancelCovered(book, first, orderNumber, events);
  }
}

function cancelCovered(
  book: OrderBook,
  massCancel: MassCancel,
  orderNumber: number,
  events: EventBuffer,
): void {
  // The order may have ended since, for example as the other leg of a pair.
  const slot = book.slotOf(orderNumber);
  if (slot === NONE) return;
  const { orders } = book;
  if (isCovered(massCancel, orders.client(slot), orders.side(slot), orderNumber))
    endOrder(book, slot, "by_owner", events);
}

/** Emits an event with the unfinished work, if it has changed. */
export function leaveUnfinished(book: OrderBook, events: EventBuffer): void {
  const unfinished = book.work.all;
  if (isSame(unfinished, book.work.said)) return;
  book.work.said = unfinished;
  events.other({ kind: "left_unfinished", ...book.nextStamp(), unfinished });
}

function isSame(a: Unfinished | undefined, b: Unfinished | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

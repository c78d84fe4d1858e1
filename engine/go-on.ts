import { NONE } from "./book/integer-map.ts";
import { isCovered } from "./book/mass-cancels.ts";
import type { OrderBook } from "./book/order-book.ts";
import { endOrder } from "./end-order.ts";
import type { CancelAllCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { MassCancel, Unfinished } from "./vocabulary/unfinished.ts";
import type { OrderNumber } from "./vocabulary/units.ts";

/** Begins to cancel all orders that a client has open now. Refuses nothing; a client without orders has none to cancel. */
export function startMassCancel(
  book: OrderBook,
  { client, side, timeMs }: CancelAllCommand,
  events: EventBuffer,
  bound: number,
): undefined {
  if (book.clients.count(client) === 0) return;
  const throughNumber = book.sequence as OrderNumber;
  book.work.massCancels.add({ client, throughNumber, ...(side === undefined ? {} : { side }) });
  // One that waits for another to be done has events of its own only later.
  const before = { timeMs: book.timeMs, count: events.length };
  book.timeMs = timeMs;
  goOnCancelling(book, events, bound);
  const hasLeft = book.work.massCancels.list.length > 0 || !isSame(book.work.all, book.work.said);
  if (events.length === before.count && !hasLeft) book.timeMs = before.timeMs;
}

/** Cancels what mass cancels are still to cancel, oldest first, until the buffer has so many events. */
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
  // The order may have ended meanwhile, as the other leg of a pair ends with the first.
  const slot = book.slotOf(orderNumber);
  if (slot === NONE) return;
  const { orders } = book;
  if (isCovered(massCancel, orders.client(slot), orders.side(slot), orderNumber))
    endOrder(book, slot, "by_owner", events);
}

/** Says what is left to be done, where that has changed. */
export function leaveUnfinished(book: OrderBook, events: EventBuffer): void {
  const unfinished = book.work.all;
  if (isSame(unfinished, book.work.said)) return;
  book.work.said = unfinished;
  events.other({ kind: "left_unfinished", ...book.nextStamp(), unfinished });
}

function isSame(a: Unfinished | undefined, b: Unfinished | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

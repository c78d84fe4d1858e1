import type { OrderBook } from "./book/order-book.ts";
import { endOrder } from "./end-order.ts";
import { goOnCancelling } from "./go-on.ts";
import { changeStatus, goOnUncrossing } from "./status.ts";
import type { AdvanceCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";

/**
 * Continues unfinished work, then does what is due by the cutoff, in the order of due times. At equal times,
 * expiries come first. An uncross comes before everything else. A phase ends only when no order is left to be
 * ended.
 *
 * @param bound no further work starts once the buffer has this many events.
 */
export function advance(
  book: OrderBook,
  command: AdvanceCommand,
  events: EventBuffer,
  bound: number,
): undefined {
  const cutoffMs = Math.max(command.cutoffMs, book.work.expiringMs);
  const isDue = (dueMs: number | undefined): dueMs is number => dueMs !== undefined && dueMs <= cutoffMs;
  const hasDue = isDue(book.nextTimedMs);
  if (!hasDue && !book.canGoOn) return;
  book.timeMs = command.timeMs;
  if (hasDue && command.cutoffMs > book.work.expiringMs) {
    events.other({ kind: "advanced", ...book.nextStamp(), cutoffMs: command.cutoffMs });
    book.work.expiringMs = cutoffMs;
  }
  goOnUncrossing(book, events, bound);
  if (book.work.uncross === undefined) goOnCancelling(book, events, bound);
  for (let dueMs = book.nextTimedMs; isDue(dueMs); dueMs = book.nextTimedMs) {
    if (events.length >= bound || book.work.uncross !== undefined) return;
    const expiry = book.firstExpiry;
    if (expiry?.timeMs === dueMs) endOrder(book, book.slotOf(expiry.orderNumber), "expired", events);
    else if (book.work.massCancels.list.length > 0) return;
    else endPhase(book, events, bound);
  }
}

/** An auction follows a halt, and starts now. Trading follows an auction. */
function endPhase(book: OrderBook, events: EventBuffer, bound: number): void {
  if (book.status === "halted") {
    const auctionMs = book.rules.volatility?.auctionMs ?? 0;
    changeStatus(book, "auction", "halt_ended", book.timeMs + auctionMs, events, bound);
  } else changeStatus(book, "trading", "auction_ended", undefined, events, bound);
}

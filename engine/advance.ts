import type { AdvanceCommand } from "./command.ts";
import { endOrder } from "./end-order.ts";
import type { EventBuffer } from "./event-buffer.ts";
import type { OrderBook } from "./order-book.ts";
import { changeStatus } from "./status.ts";

/** Does what is due by the cutoff, in the order in which it falls due; at one time, expiries first. */
export function advance(book: OrderBook, command: AdvanceCommand, events: EventBuffer): undefined {
  const { cutoffMs } = command;
  const isDue = (dueMs: number | undefined): dueMs is number => dueMs !== undefined && dueMs <= cutoffMs;
  if (!isDue(book.nextDueMs)) return;
  book.timeMs = command.timeMs;
  events.other({ kind: "advanced", ...book.nextStamp(), cutoffMs });
  for (let dueMs = book.nextDueMs; isDue(dueMs); dueMs = book.nextDueMs) {
    const expiry = book.firstExpiry;
    if (expiry?.timeMs === dueMs) endOrder(book, book.slotOf(expiry.orderNumber), "expired", events);
    else endPhase(book, events);
  }
}

/** A halt is followed by an auction, which lasts from now on, and that by trading. */
function endPhase(book: OrderBook, events: EventBuffer): void {
  if (book.status === "halted") {
    const auctionMs = book.rules.volatility?.auctionMs ?? 0;
    changeStatus(book, "auction", "halt_ended", book.timeMs + auctionMs, events);
  } else changeStatus(book, "trading", "auction_ended", undefined, events);
}

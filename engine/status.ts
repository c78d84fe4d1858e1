import type { OrderBook } from "./book/order-book.ts";
import { indicativeUncross, tradeAtOnePrice } from "./uncross.ts";
import type { SetStatusCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { RejectReason } from "./vocabulary/reject-reason.ts";
import { isContinuous, type StatusReason, type TradingStatus } from "./vocabulary/trading-status.ts";
import type { QuantityLots, TimeMs } from "./vocabulary/units.ts";

/**
 * Changes the status on an operator's command. It is rejected only if the change would uncross the book while
 * doomed orders are still on it.
 */
export function setStatus(
  book: OrderBook,
  command: SetStatusCommand,
  events: EventBuffer,
  bound: number,
): RejectReason | undefined {
  const { status, untilMs } = command;
  if (isContinuous(status) && book.work.hasDoomed && indicativeUncross(book) !== undefined)
    return "work_unfinished";

  // Point of no return: nothing below rejects.
  book.timeMs = command.timeMs;
  const endsByItself = status === "halted" || status === "auction";
  changeStatus(book, status, "operator", endsByItself ? untilMs : undefined, events, bound);
  return undefined;
}

/**
 * Changes the status. A crossed book is uncrossed before it trades continuously. If that is more than one
 * command may do, the status changes when the uncross is done.
 */
export function changeStatus(
  book: OrderBook,
  status: TradingStatus,
  reason: StatusReason,
  untilMs: number | undefined,
  events: EventBuffer,
  bound: number,
): void {
  const until = untilMs as TimeMs | undefined;
  const indicative = isContinuous(status) ? indicativeUncross(book) : undefined;
  if (indicative === undefined) {
    enterStatus(book, status, reason, until, events);
    return;
  }
  const { priceTicks, volumeLots } = indicative;
  const leftLots = volumeLots as QuantityLots;
  book.work.uncross = {
    priceTicks,
    leftLots,
    status,
    reason,
    ...(until === undefined ? {} : { untilMs: until }),
  };
  goOnUncrossing(book, events, bound);
}

/** Continues an uncross. The status changes when it is done. */
export function goOnUncrossing(book: OrderBook, events: EventBuffer, bound: number): void {
  const { uncross } = book.work;
  if (uncross === undefined) return;
  const leftLots = tradeAtOnePrice(book, uncross.priceTicks, uncross.leftLots, events, bound);
  if (leftLots > 0) {
    book.work.uncross = { ...uncross, leftLots: leftLots as QuantityLots };
    return;
  }
  book.work.uncross = undefined;
  enterStatus(book, uncross.status, uncross.reason, uncross.untilMs, events);
}

/** Changes the status of a book that needs no uncross. */
export function enterStatus(
  book: OrderBook,
  status: TradingStatus,
  reason: StatusReason,
  untilMs: TimeMs | undefined,
  events: EventBuffer,
): void {
  book.setStatus(status, untilMs);
  events.other({ kind: "status_changed", ...book.nextStamp(), status, reason, untilMs });
}

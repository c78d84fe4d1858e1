import type { SetStatusCommand } from "./command.ts";
import type { EventBuffer } from "./event-buffer.ts";
import type { OrderBook } from "./order-book.ts";
import { isContinuous, type StatusReason, type TradingStatus } from "./trading-status.ts";
import { uncross } from "./uncross.ts";
import type { TimeMs } from "./units.ts";

/** Changes the status at an operator's wish; refuses nothing. */
export function setStatus(book: OrderBook, command: SetStatusCommand, events: EventBuffer): undefined {
  const { status, untilMs } = command;
  book.timeMs = command.timeMs;
  const endsByItself = status === "halted" || status === "auction";
  changeStatus(book, status, "operator", endsByItself ? untilMs : undefined, events);
}

/** Changes the status; a book that has been crossed is uncrossed before it trades continuously. */
export function changeStatus(
  book: OrderBook,
  status: TradingStatus,
  reason: StatusReason,
  untilMs: number | undefined,
  events: EventBuffer,
): void {
  if (isContinuous(status)) uncross(book, events);
  book.setStatus(status, untilMs);
  const until = untilMs as TimeMs | undefined;
  events.other({ kind: "status_changed", ...book.nextStamp(), status, reason, untilMs: until });
}

import { basename } from "node:path";
import { formatScaled } from "../../protocol/decimal.ts";
import { type BookRow, isOffBook, type Message, PRICE_SCALE } from "./lobster-file.ts";

/** Tick sizes that may fit a file, coarsest first, in the file's units: a cent and below. */
const TICKS = [100, 50, 10, 5] as const;

/**
 * The coarsest tick size, at most a cent, of which every price of the visible book is a multiple. Executions
 * of hidden orders and auction trades do not count: their prices may be between ticks, and they are not sent.
 */
export function fittingTick(messages: readonly Message[], rows: readonly BookRow[] | undefined): string {
  let left: readonly number[] = TICKS;
  const note = (price: number) => {
    if (left[0] !== undefined && price % left[0] !== 0) left = left.filter((tick) => price % tick === 0);
  };
  for (const message of messages) if (!isOffBook(message)) note(message.price);
  for (const { asks, bids } of rows ?? []) {
    for (const { price } of asks) note(price);
    for (const { price } of bids) note(price);
  }
  return formatScaled(BigInt(left[0] ?? 1), PRICE_SCALE);
}

/** The instrument of a file, by LOBSTER's file names: `AAPL_2012-06-21_…` is AAPL-USD. */
export function instrumentOf(file: string): string {
  const [, ticker = "STOCK"] = /^([A-Za-z][A-Za-z.]{0,15})[_-]\d{4}/.exec(basename(file)) ?? [];
  return `${ticker.toUpperCase()}-USD`;
}

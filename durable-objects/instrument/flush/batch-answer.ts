import type { Problem } from "../../../protocol/error-code.ts";
import { ANSWERED_TRADES_MAX, type PlacedOrderView } from "../../../protocol/order-entry.ts";
import { type Answer, answer, readAnswer } from "../../calls/answer.ts";

/** With so many events a batch begins no further entry, so that others do not wait long for its end. */
export const BATCH_EVENTS_MAX = 5_000;

/** The answer to an entry that was not begun. */
export const NOT_BEGUN: Problem = {
  code: "overloaded",
  detail: "the entries before this one did too much for one batch; nothing happened to it, send it again",
};

/**
 * Puts the answers of a batch's entries together. They list the first `ANSWERED_TRADES_MAX` trades in all; how
 * many trades each order made stays as it is. An entry takes some 2 kB beside its trades, so the whole is
 * below 4 MB.
 */
export function batchAnswer(instrument: string, answers: readonly Answer[]): Answer {
  let left = ANSWERED_TRADES_MAX;
  const results = answers.map((text) => {
    const { status, isReplay, body } = readAnswer(text);
    const count = tradesListed(body);
    const given = count <= left ? body : withTrades(body, left);
    left -= Math.min(left, count);
    return `{"status":${status},${isReplay ? '"is_replay":true,' : ""}"body":${given}}`;
  });
  return answer(200, `{"instrument":${JSON.stringify(instrument)},"results":[${results.join(",")}]}`);
}

/** How each trade begins, and nothing else: in a text of JSON the quotes would be escaped. */
const TRADE = '{"trade_id":';

function tradesListed(body: string): number {
  let count = 0;
  for (let at = body.indexOf(TRADE); at >= 0; at = body.indexOf(TRADE, at + TRADE.length)) count++;
  return count;
}

function withTrades(body: string, limit: number): string {
  const view: PlacedOrderView = JSON.parse(body);
  return JSON.stringify({ ...view, trades: view.trades.slice(0, limit) });
}

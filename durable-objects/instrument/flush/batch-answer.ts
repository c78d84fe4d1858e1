import type { Problem } from "../../../protocol/error-code.ts";
import { ANSWERED_TRADES_MAX, type PlacedOrderView } from "../../../protocol/order-entry.ts";
import { type Answer, answer, readAnswer } from "../../calls/answer.ts";

/** After this many events a batch starts no further entry, so that other requests do not wait long. */
export const BATCH_EVENTS_MAX = 5_000;

/** The answer to an entry that was not started. */
export const NOT_BEGUN: Problem = {
  code: "overloaded",
  detail:
    "the entries before this one exceeded the work of one batch; nothing happened, send this entry again",
};

/**
 * Combines the answers of a batch's entries. They list the first `ANSWERED_TRADES_MAX` trades in total, but
 * each order's number of trades is unchanged. An entry takes about 2 kB beside its trades, so the whole
 * answer is below 4 MB.
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

/** The beginning of each trade, which occurs nowhere else: in a JSON text the quotes would be escaped. */
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

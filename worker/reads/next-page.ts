import type { TradeView } from "../../protocol/market-data.ts";
import { bodyResponse } from "../http/problem-response.ts";

/** A page of a list: its body as JSON, and the cursor of the next page; undefined if there is none. */
export interface Page {
  readonly body: string;
  readonly cursor: string | undefined;
}

/** A page as a response. The cursor is in a header, so that all lists have it in the same place. */
export function pageResponse({ body, cursor }: Page): Response {
  return bodyResponse(200, body, cursor === undefined ? {} : { "next-cursor": cursor });
}

/** The cursor after a page of an instrument's trades. Their numbers start at 1 and have no gaps. */
export function cursorAfterTrades(trades: readonly TradeView[]): string | undefined {
  const last = trades.at(-1)?.trade_id ?? 1;
  return last > 1 ? String(last) : undefined;
}

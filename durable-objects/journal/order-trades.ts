import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { HeldOrderTrades, OrderTradesRange } from "../calls/instrument-calls.ts";
import { decodeEvents } from "../storage/event-codec.ts";
import type { Journal } from "./journal.ts";
import { storedTradeView } from "./restore.ts";

/** The most journal text, in characters, searched in one turn. */
const LENGTH_MAX = 4_000_000;
const EVENTS_MAX = 20_000;

/** Searches the journal for an order's trades, from the newest backwards, within the bounds of one turn. */
export function heldOrderTrades(
  spec: InstrumentSpec,
  journal: Journal,
  { orderNumber, limit, before, through, after }: OrderTradesRange,
): HeldOrderTrades {
  const trades: TradeView[] = [];
  const number = `,${orderNumber},`;
  let [length, events] = [0, 0];
  for (const row of journal.rowsWithTrades(through)) {
    if (row.last_sequence <= after) break;
    length += row.events.length;
    // Most rows do not name the order, and are not parsed.
    const read = row.events.includes(number)
      ? decodeEvents(row.first_sequence, row.time_ms, row.events).reverse()
      : [];
    events += read.length;
    for (const event of read) {
      if (event.kind !== "traded" || event.sequence > through || event.sequence <= after) continue;
      if (event.makerOrderNumber !== orderNumber && event.takerOrderNumber !== orderNumber) continue;
      if (event.tradeNumber >= before) continue;
      trades.push(storedTradeView(spec, journal, event));
      if (trades.length === limit) return { trades, completeAfter: event.sequence - 1 };
    }
    if (length >= LENGTH_MAX || events >= EVENTS_MAX)
      return { trades, completeAfter: Math.max(after, row.first_sequence - 1) };
  }
  return { trades, completeAfter: Math.max(after, journal.base.sequence) };
}

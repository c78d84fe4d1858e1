import type { OrderBook } from "../../engine/order-book.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import { restAll } from "./base.ts";
import type { Journal } from "./journal.ts";
import { tradeView } from "./order-view.ts";

/** How many of the newest trades an instrument keeps at hand. */
export const RECENT_TRADES_MAX = 1000;

/**
 * Rebuilds the book from storage: the resting orders in priority order, then the counters from the
 * end of the journal. The cost grows with the orders that rest, not with the history.
 */
export function restoreBook(spec: InstrumentSpec, journal: Journal): OrderBook {
  const book = journal.base.counters(spec);
  restAll(book, journal.restingOrders());
  const lastEvent = journal.lastEvent();
  if (lastEvent !== undefined) {
    book.sequence = lastEvent.sequence;
    book.timeMs = lastEvent.timeMs;
  }
  const lastTrade = journal.lastTrades(1)[0];
  if (lastTrade !== undefined) {
    book.tradeNumber = lastTrade.tradeNumber;
    book.lastTradePriceTicks = lastTrade.priceTicks;
  }
  return book;
}

/** The newest trades from the journal and from before it, oldest first. */
export function restoreRecentTrades(spec: InstrumentSpec, journal: Journal): TradeView[] {
  const trades = journal.lastTrades(RECENT_TRADES_MAX).map((trade) => storedTradeView(spec, journal, trade));
  const older = journal.base.lastTrades(RECENT_TRADES_MAX - trades.length);
  return [...trades, ...older.map((text): TradeView => JSON.parse(text))].reverse();
}

/** A trade of the journal as it was told: its orders are stored as long as its event is. */
export function storedTradeView(
  spec: InstrumentSpec,
  journal: Journal,
  trade: Parameters<typeof tradeView>[1],
): TradeView {
  const timeMs = (orderNumber: number): number => journal.order(orderNumber)?.timeMs ?? missing(orderNumber);
  return tradeView(spec, trade, timeMs);
}

function missing(orderNumber: number): never {
  throw new Error(`order ${orderNumber} has traded but is not stored`);
}

import { OrderBook } from "../../engine/order-book.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { Journal } from "./journal.ts";
import { tradeView } from "./order-record.ts";

/** How many of the newest trades an instrument keeps at hand. */
export const RECENT_TRADES_MAX = 1000;

/**
 * Rebuilds the book from storage: the resting orders in priority order, then the counters from the
 * end of the journal. The cost grows with the orders that rest, not with the history.
 */
export function restoreBook(spec: InstrumentSpec, journal: Journal): OrderBook {
  const book = new OrderBook(spec.rules);
  for (const row of journal.restingOrders()) {
    const remainingLots = row.quantity_lots - row.filled_lots;
    book.rest(
      row.order_number,
      row.client_number,
      row.side,
      row.price_ticks,
      row.quantity_lots,
      remainingLots,
    );
  }
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

/** The newest trades from the journal, oldest first. */
export function restoreRecentTrades(spec: InstrumentSpec, journal: Journal): TradeView[] {
  const timeMs = (orderNumber: number): number => journal.order(orderNumber)?.timeMs ?? missing(orderNumber);
  return journal
    .lastTrades(RECENT_TRADES_MAX)
    .reverse()
    .map((trade) => tradeView(spec, trade, timeMs(trade.makerOrderNumber), timeMs(trade.takerOrderNumber)));
}

function missing(orderNumber: number): never {
  throw new Error(`order ${orderNumber} has traded but is not stored`);
}

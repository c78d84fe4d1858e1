import type { OrderBook } from "../../engine/book/order-book.ts";
import { bookOf, type OpenOrder } from "../../engine/book/snapshot.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import { tradeView } from "../records/order-view.ts";
import { openOrderOf } from "../storage/open-order.ts";
import type { Journal } from "./journal.ts";

/** The number of newest trades that an instrument keeps in memory. */
export const RECENT_TRADES_MAX = 1000;

/**
 * Rebuilds the book from storage: the open orders in priority order, then the counters from the end of the
 * journal. The cost grows with the number of open orders, not with the history.
 */
export function restoreBook(spec: InstrumentSpec, journal: Journal): OrderBook {
  const base = journal.base.counters();
  const lastEvent = journal.lastEvent();
  const lastTrade = journal.lastTrades(1)[0];
  const counters = {
    sequence: lastEvent?.sequence ?? base.sequence,
    timeMs: lastEvent?.timeMs ?? base.timeMs,
    tradeNumber: lastTrade?.tradeNumber ?? base.tradeNumber,
    lastTradePriceTicks: lastTrade?.priceTicks ?? base.lastTradePriceTicks,
    ...journal.state.read(),
  };
  return bookOf(spec.rules, counters, storedOrders(journal));
}

function* storedOrders(journal: Journal): Generator<OpenOrder> {
  const stops = journal.state.stops();
  const isOpen = (orderNumber: number) => journal.orders.isOpen(orderNumber);
  for (const order of journal.orders.open()) yield openOrderOf(order, isOpen, stops.get(order.orderNumber));
}

/** The newest trades from the journal and from the base, oldest first. */
export function restoreRecentTrades(spec: InstrumentSpec, journal: Journal): TradeView[] {
  const trades = storedTradeViews(spec, journal, journal.lastTrades(RECENT_TRADES_MAX));
  const older = journal.base.lastTrades(RECENT_TRADES_MAX - trades.length);
  return [...trades, ...older.map((text): TradeView => JSON.parse(text))].reverse();
}

type Traded = Parameters<typeof tradeView>[1];

/** A trade of the journal as it was published. Its orders are stored as long as its event is. */
export function storedTradeView(spec: InstrumentSpec, journal: Journal, trade: Traded): TradeView {
  const timeMs = (orderNumber: number): number =>
    journal.orders.read(orderNumber)?.timeMs ?? missing(orderNumber);
  return tradeView(spec, trade, timeMs);
}

/** Trades of the journal as they were published, with one read of their orders. */
export function storedTradeViews(
  spec: InstrumentSpec,
  journal: Journal,
  trades: readonly Traded[],
): TradeView[] {
  const numbers = trades.flatMap((trade) => [trade.makerOrderNumber, trade.takerOrderNumber]);
  const orders = journal.orders.readStored(new Set(numbers));
  const timeMs = (orderNumber: number): number => orders.get(orderNumber)?.timeMs ?? missing(orderNumber);
  return trades.map((trade) => tradeView(spec, trade, timeMs));
}

function missing(orderNumber: number): never {
  throw new Error(`order ${orderNumber} has traded but is not stored`);
}

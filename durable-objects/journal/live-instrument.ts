import type { OrderBook } from "../../engine/book/order-book.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { Journal } from "./journal.ts";

/** An instrument as its parts see it. Book and trades are the current ones. */
export interface LiveInstrument {
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly book: () => OrderBook;
  /** The newest trades, oldest first. */
  readonly recentTrades: () => readonly TradeView[];
}

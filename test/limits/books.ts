import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import type { TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import { BUY, type PriceTicks, type QuantityLots, SELL, type TimeMs } from "../../engine/vocabulary/units.ts";
import type { SeededOrder } from "./book-file.ts";

/** The best bid of every book. Neighbours trade far above it. */
export const TOP_TICKS = 5_000_000;
/** The price at which neighbours trade. */
export const NEIGHBOURS_TICKS = 9_000_000;
/** The price that triggers the stops. */
export const STOP_TICKS = TOP_TICKS + 1;
/** The number of levels of a book with many orders per price. */
const LEVELS = 2_000;

/** The initial book. */
export interface Book {
  readonly status: TradingStatus;
  /** @param size the number of affected orders. */
  readonly orders: (size: number) => Iterable<SeededOrder>;
}

/** Buys of one lot, many at each price. */
export function buys(terms?: OrderTerms): Book {
  return {
    status: "trading",
    orders: function* (size) {
      for (let count = 0; count < size; count++) yield buy(TOP_TICKS - (count % LEVELS), 1, terms);
    },
  };
}

export function expiringBuys(atMs: number): Book {
  return buys({ timeInForce: "gtd", expiresAtMs: atMs as TimeMs });
}

/** Buys of one lot, each at a different price. */
export const steepBuys: Book = {
  status: "trading",
  orders: function* (size) {
    for (let count = 0; count < size; count++) yield buy(TOP_TICKS - count, 1);
  },
};

/** One buy that shows one lot at a time. */
export const iceberg: Book = {
  status: "trading",
  orders: (size) => [buy(TOP_TICKS, size, { displayLots: 1 as QuantityLots })],
};

/** Stops that sell one lot, and one buy that takes them all. */
export const stops: Book = {
  status: "trading",
  orders: function* (size) {
    yield buy(TOP_TICKS, size);
    const terms = { stopPriceTicks: STOP_TICKS as PriceTicks };
    for (let count = 0; count < size; count++)
      yield { side: SELL, type: "stop", priceTicks: null, quantityLots: 1, terms };
  },
};

/** Equally many crossed buys and sells of one lot, each at a different price. */
export const crossed: Book = {
  status: "auction",
  orders: function* (size) {
    for (let count = 0; count < size; count++) {
      yield buy(TOP_TICKS + count, 1);
      yield { side: SELL, type: "limit", priceTicks: TOP_TICKS - count, quantityLots: 1 };
    }
  },
};

function buy(priceTicks: number, quantityLots: number, terms?: OrderTerms): SeededOrder {
  return { side: BUY, type: "limit", priceTicks, quantityLots, ...(terms === undefined ? {} : { terms }) };
}

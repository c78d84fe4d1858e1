import type { Levels } from "../../engine/book/book-copy.ts";
import { NONE } from "../../engine/book/integer-map.ts";
import type { OrderBook } from "../../engine/book/order-book.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { BUY, opposite, SELL, type Side } from "../../engine/vocabulary/units.ts";
import { formatSteps } from "../../protocol/decimal.ts";
import { bookChecksum, CHECKSUM_LEVELS } from "../../protocol/feed/book-checksum.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { isoTime } from "../../protocol/iso-time.ts";
import type { LevelView, OrderBookView } from "../../protocol/market-data.ts";

/** A level as it is published. */
export function levelView(
  spec: InstrumentSpec,
  { priceTicks, totalLots, orderCount }: { priceTicks: number; totalLots: number; orderCount: number },
): LevelView {
  return {
    price: formatSteps(priceTicks, spec.tick),
    quantity: formatSteps(totalLots, spec.lot),
    orders: orderCount,
  };
}

/** Every level of a side as JSON, best first, formatted one by one. */
export function* levelTexts(spec: InstrumentSpec, book: Levels, side: Side): Generator<string> {
  const levels = book.side(side);
  for (let level = levels.best; level !== NONE; level = levels.worse(level)) {
    const [priceTicks, totalLots] = [levels.priceTicks(level), levels.levelLots(level)];
    yield JSON.stringify(levelView(spec, { priceTicks, totalLots, orderCount: levels.orderCount(level) }));
  }
}

/** The best `limit` levels of one side. */
function levelViews(spec: InstrumentSpec, book: OrderBook, side: Side, limit: number): LevelView[] {
  return Array.from(book.levels(side, limit), (level) => levelView(spec, level));
}

/** The book, as in the answer of `GET /public/orderbook`. */
export function orderBookView(
  spec: InstrumentSpec,
  epoch: number,
  book: OrderBook,
  limit: number,
): OrderBookView {
  return {
    instrument: spec.instrument,
    epoch,
    sequence: book.sequence,
    time: book.sequence === 0 ? null : isoTime(book.timeMs),
    bids: levelViews(spec, book, BUY, limit),
    asks: levelViews(spec, book, SELL, limit),
  };
}

/**
 * The prices of each side at which an event changed a level.
 * @param limitOf the price at which an order rests in an auction, if it traded at another price.
 */
export function touchedPrices(
  events: readonly Event[],
  limitOf: (orderNumber: number) => number | null,
): [buy: Set<number>, sell: Set<number>] {
  const touched: [Set<number>, Set<number>] = [new Set(), new Set()];
  const touch = (side: Side, priceTicks: number | null | undefined) => {
    if (priceTicks !== null && priceTicks !== undefined) touched[side].add(priceTicks);
  };
  for (const event of events) {
    switch (event.kind) {
      case "rested":
      case "cancelled":
      case "replenished":
        touch(event.side, event.priceTicks);
        break;
      case "amended":
        touch(event.side, event.previousPriceTicks);
        break;
      case "prevented":
        touch(opposite(event.takerSide), event.priceTicks);
        break;
      case "traded":
        // In an auction both orders leave levels of their own, and trade at the common price.
        if (event.inAuction) {
          touch(event.takerSide, limitOf(event.takerOrderNumber));
          touch(opposite(event.takerSide), limitOf(event.makerOrderNumber));
        } else touch(opposite(event.takerSide), event.priceTicks);
        break;
      default:
        break;
    }
  }
  return touched;
}

/** The levels at prices of one side, best first. Quantity zero means that there is none. */
export function levelsAt(
  spec: InstrumentSpec,
  book: OrderBook,
  side: Side,
  prices: Iterable<number>,
): LevelView[] {
  return [...prices].sort(bestFirst(side)).map((priceTicks) => {
    return levelView(spec, book.levelAt(side, priceTicks) ?? { priceTicks, totalLots: 0, orderCount: 0 });
  });
}

/** Compares prices of a side, to sort them from the best to the worst. */
export function bestFirst(side: Side): (a: number, b: number) => number {
  return side === BUY ? (a, b) => b - a : (a, b) => a - b;
}

/** The checksum of the current book. */
export function checksumOf(spec: InstrumentSpec, book: OrderBook): number {
  return bookChecksum(
    levelViews(spec, book, BUY, CHECKSUM_LEVELS),
    levelViews(spec, book, SELL, CHECKSUM_LEVELS),
  );
}

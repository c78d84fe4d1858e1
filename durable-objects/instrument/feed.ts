import type { Event } from "../../engine/event.ts";
import type { OrderBook } from "../../engine/order-book.ts";
import { BUY, opposite, SELL, type Side } from "../../engine/units.ts";
import { bookChecksum, CHECKSUM_LEVELS } from "../../protocol/book-checksum.ts";
import { formatSteps } from "../../protocol/decimal.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { LevelView, OrderBookView, SnapshotMessage, UpdateMessage } from "../../protocol/market-data.ts";
import type { OrderRecord } from "./order-record.ts";
import { isoTime, orderUpdateView } from "./order-view.ts";
import type { Flush } from "./processor.ts";

/** The best `limit` levels of one side. */
function levelViews(spec: InstrumentSpec, book: OrderBook, side: Side, limit: number): LevelView[] {
  return Array.from(book.levels(side, limit), (level) => ({
    price: formatSteps(level.priceTicks, spec.tick),
    quantity: formatSteps(level.totalLots, spec.lot),
    orders: level.orderCount,
  }));
}

/** The book as `GET /public/orderbook` answers it. */
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

/** The first message of a stream: every level of the book. */
export function snapshotMessage(spec: InstrumentSpec, epoch: number, book: OrderBook): SnapshotMessage {
  const { sequence, ...rest } = orderBookView(spec, epoch, book, Number.POSITIVE_INFINITY);
  return { type: "snapshot", ...rest, seq: sequence, checksum: bookChecksum(rest.bids, rest.asks) };
}

/** The message that takes a subscriber from before a flush to after it. */
export function updateMessage(
  spec: InstrumentSpec,
  epoch: number,
  book: OrderBook,
  flush: Flush,
): UpdateMessage {
  const limits = new Map(flush.orders.map(({ orderNumber, priceTicks }) => [orderNumber, priceTicks]));
  const touched = touchedPrices(flush.events, (orderNumber) => limits.get(orderNumber) ?? null);
  return {
    type: "update",
    instrument: spec.instrument,
    epoch,
    seq: book.sequence,
    prev_seq: flush.previousSequence,
    time: isoTime(book.timeMs),
    trades: [...flush.trades],
    orders: flush.orders.filter(isPublic).map((record) => orderUpdateView(spec, record)),
    bids: currentLevels(spec, book, BUY, touched[BUY]),
    asks: currentLevels(spec, book, SELL, touched[SELL]),
    checksum: bookChecksum(
      levelViews(spec, book, BUY, CHECKSUM_LEVELS),
      levelViews(spec, book, SELL, CHECKSUM_LEVELS),
    ),
  };
}

/** Whether anybody may know of an order: of a stop, not before it was triggered and has traded or rested. */
function isPublic({ type, filledLots, priority, orderNumber }: OrderRecord): boolean {
  return type === "limit" || type === "market" || filledLots > 0 || priority !== orderNumber;
}

/**
 * The prices of each side at which an event changed a level.
 * @param limitOf at what price an order of an auction rests, where it has traded at another.
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
        // In an auction both orders leave levels of their own, at one price for all.
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

function currentLevels(spec: InstrumentSpec, book: OrderBook, side: Side, prices: Set<number>): LevelView[] {
  const bestFirst = side === BUY ? (a: number, b: number) => b - a : (a: number, b: number) => a - b;
  return [...prices].sort(bestFirst).map((priceTicks) => {
    const level = book.levelAt(side, priceTicks);
    return {
      price: formatSteps(priceTicks, spec.tick),
      quantity: formatSteps(level?.totalLots ?? 0, spec.lot),
      orders: level?.orderCount ?? 0,
    };
  });
}

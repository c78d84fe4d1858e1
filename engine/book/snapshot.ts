import type { InstrumentRules } from "../vocabulary/rules.ts";
import type { OrderTerms, SelfTradeMode } from "../vocabulary/terms.ts";
import type { Unfinished } from "../vocabulary/unfinished.ts";
import { BUY, type PriceTicks, SELL } from "../vocabulary/units.ts";
import { NONE } from "./integer-map.ts";
import { type BookCounters, OrderBook, type RestingOrder } from "./order-book.ts";

/** An open order with everything that decides its future. */
export interface OpenOrder extends Omit<RestingOrder, "priceTicks"> {
  /** The level at which it rests, or the limit of a waiting stop once it is triggered; absent for none. */
  readonly priceTicks: number | undefined;
  readonly selfTrade: SelfTradeMode;
  readonly terms: OrderTerms | undefined;
  /** The displayed quantity of an iceberg; the remaining quantity of any other order. */
  readonly displayedLots: number;
  readonly isWaiting: boolean;
  /** The best trade that a trailing stop has followed. */
  readonly anchorTicks: number | undefined;
  /** Whether a stop is reached, and is to be triggered when trading continues. */
  readonly isReached: boolean;
}

/**
 * Every open order: the waiting orders, oldest first, then the resting orders of each side in priority order.
 * `bookOf` requires this order within a level; across levels any order works.
 */
export function* openOrders(book: OrderBook): Generator<OpenOrder> {
  for (const orderNumber of book.stops.orderNumbers()) yield openOrder(book, book.slotOf(orderNumber));
  for (const side of [BUY, SELL]) {
    const levels = book.side(side);
    for (let level = levels.best; level !== NONE; level = levels.worse(level)) {
      for (let slot = levels.front(level); slot !== NONE; slot = book.orders.next(slot))
        yield openOrder(book, slot);
    }
  }
}

/** The order in a slot. */
export function openOrder(book: OrderBook, slot: number): OpenOrder {
  const { orders } = book;
  const isWaiting = orders.isWaiting(slot);
  const extras = book.extras(slot);
  return {
    orderNumber: orders.orderNumber(slot),
    client: orders.client(slot),
    side: orders.side(slot),
    priceTicks: isWaiting ? extras?.priceTicks : book.priceTicks(slot),
    quantityLots: orders.quantityLots(slot),
    remainingLots: book.remainingLots(slot),
    selfTrade: orders.selfTrade(slot),
    terms: extras?.terms,
    displayedLots: orders.shownLots(slot),
    isWaiting,
    anchorTicks: extras?.anchorTicks,
    isReached: isWaiting && book.stops.isReached(slot),
  };
}

/**
 * A book with these counters and orders. From the result of `openOrders` it has the same state hash as the
 * original.
 */
export function bookOf(
  rules: InstrumentRules,
  counters: BookCounters,
  orders: Iterable<OpenOrder>,
): OrderBook {
  const book = new OrderBook(rules);
  let [highest, lowest]: [number | undefined, number | undefined] = [undefined, undefined];
  for (const order of orders) {
    restoreOrder(book, order);
    const stopTicks = order.isReached ? order.terms?.stopPriceTicks : undefined;
    if (stopTicks !== undefined && order.side === BUY) highest = Math.max(highest ?? 0, stopTicks);
    if (stopTicks !== undefined && order.side === SELL) lowest = Math.min(lowest ?? stopTicks, stopTicks);
  }
  book.counters = counters;
  // A snapshot may record per stop, instead of for all stops together, which ones trades have reached.
  if (counters.unfinished === undefined && (highest ?? lowest) !== undefined)
    book.work.restore(unfinishedStops(highest, lowest));
  return book;
}

function unfinishedStops(highest: number | undefined, lowest: number | undefined): Unfinished {
  return {
    ...(highest === undefined ? {} : { reachedBuyTicks: highest as PriceTicks }),
    ...(lowest === undefined ? {} : { reachedSellTicks: lowest as PriceTicks }),
  };
}

function restoreOrder(book: OrderBook, order: OpenOrder): void {
  const { orderNumber, client, side, priceTicks, quantityLots, remainingLots, selfTrade, terms } = order;
  if (order.isWaiting) {
    const { anchorTicks, isReached } = order;
    book.arm(
      orderNumber,
      client,
      side,
      priceTicks,
      quantityLots,
      selfTrade,
      terms ?? {},
      anchorTicks,
      isReached,
    );
  } else if (priceTicks !== undefined) {
    const { displayedLots } = order;
    book.rest(
      orderNumber,
      client,
      side,
      priceTicks,
      quantityLots,
      remainingLots,
      selfTrade,
      terms,
      displayedLots,
    );
  } else throw new Error(`order ${orderNumber} rests at no price`);
}

import type { OrderTerms, OrderType, SelfTradeMode } from "./terms.ts";
import type { StatusReason, TradingStatus } from "./trading-status.ts";
import type { Unfinished } from "./unfinished.ts";
import type {
  ClientNumber,
  OrderNumber,
  PriceTicks,
  QuantityLots,
  Sequence,
  Side,
  TimeMs,
  TradeNumber,
} from "./units.ts";

/** Why an order ended before it was filled. Journals store the index: only append. */
export const CANCEL_REASONS = [
  "by_owner",
  "no_liquidity",
  "ioc",
  "expired",
  "self_trade",
  "linked",
  "price_protection",
  "halted",
  "too_many_fills",
  "amended_to_filled",
  "would_not_fill",
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

interface Stamped {
  readonly sequence: Sequence;
  readonly timeMs: TimeMs;
}

/**
 * An order entered the engine. Its number is this event's sequence. `priceTicks` is set only with a limit.
 * `quantityLots` is zero for an order by quote budget.
 */
export interface Accepted extends Stamped {
  readonly kind: "accepted";
  readonly orderNumber: OrderNumber;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly type: OrderType;
  readonly priceTicks: PriceTicks | undefined;
  readonly quantityLots: QuantityLots;
  readonly selfTrade: SelfTradeMode;
  readonly terms: OrderTerms | undefined;
}

/**
 * Two orders traded at the maker's price. In an auction they traded at the common price, both rested, and the
 * later one counts as the taker. The remaining quantities are those after the trade. For a taker by quote
 * budget, the remaining quantity is what the rest of the budget buys at this price.
 */
export interface Traded extends Stamped {
  readonly kind: "traded";
  readonly tradeNumber: TradeNumber;
  readonly makerOrderNumber: OrderNumber;
  readonly takerOrderNumber: OrderNumber;
  readonly takerSide: Side;
  readonly priceTicks: PriceTicks;
  readonly quantityLots: QuantityLots;
  readonly makerRemainingLots: QuantityLots;
  readonly takerRemainingLots: QuantityLots;
  readonly inAuction: boolean;
}

/**
 * The quantity that an order did not trade at once went to the back of its level. An iceberg shows one slice
 * of it.
 */
export interface Rested extends Stamped {
  readonly kind: "rested";
  readonly orderNumber: OrderNumber;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks;
  readonly quantityLots: QuantityLots;
  readonly remainingLots: QuantityLots;
  readonly selfTrade: SelfTradeMode;
  readonly terms: OrderTerms | undefined;
}

/** An order ended unfilled. `priceTicks` is the level at which it rested; absent if it did not rest. */
export interface Cancelled extends Stamped {
  readonly kind: "cancelled";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks | undefined;
  readonly cancelledLots: QuantityLots;
  readonly reason: CancelReason;
}

/** The next slice of an iceberg replaced the used-up one, at the back of its level. */
export interface Replenished extends Stamped {
  readonly kind: "replenished";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks;
  readonly displayedLots: QuantityLots;
  readonly hiddenLots: QuantityLots;
}

/**
 * Two orders of one client or group would have traded. If an order ends because of it, a `cancelled` event
 * follows. If an order continues (mode `decrement`), its quantity is reduced by its decrement.
 */
export interface Prevented extends Stamped {
  readonly kind: "prevented";
  readonly makerOrderNumber: OrderNumber;
  readonly takerOrderNumber: OrderNumber;
  readonly takerSide: Side;
  readonly priceTicks: PriceTicks;
  readonly preventedLots: QuantityLots;
  readonly makerDecrementLots: QuantityLots;
  readonly takerDecrementLots: QuantityLots;
}

/**
 * An order was changed by its owner. If it loses priority, it has left its level, may take, and rests again
 * with a `rested` event. A stop continues to wait. `previousPriceTicks` is the level at which it rested;
 * absent if it waits.
 */
export interface Amended extends Stamped {
  readonly kind: "amended";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks | undefined;
  readonly stopPriceTicks: PriceTicks | undefined;
  readonly quantityLots: QuantityLots;
  readonly remainingLots: QuantityLots;
  readonly keepsPriority: boolean;
  readonly previousPriceTicks: PriceTicks | undefined;
}

/**
 * A buy by quote budget ended as filled, because the rest of its budget buys no lot at the next price. A sell
 * by quote budget ends at its last trade instead: later prices are lower, and the rest of its budget is below
 * the price of a lot.
 */
export interface Spent extends Stamped {
  readonly kind: "spent";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
}

/** The book was advanced to a time by which something was due. */
export interface Advanced extends Stamped {
  readonly kind: "advanced";
  readonly cutoffMs: TimeMs;
}

/** A stop started to wait for its price. `priceTicks` is its limit once it is triggered; absent for none. */
export interface Armed extends Stamped {
  readonly kind: "armed";
  readonly orderNumber: OrderNumber;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks | undefined;
  readonly quantityLots: QuantityLots;
  readonly selfTrade: SelfTradeMode;
  readonly terms: OrderTerms;
}

/** A stop was triggered and continues as a market or limit order. */
export interface Triggered extends Stamped {
  readonly kind: "triggered";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly stopPriceTicks: PriceTicks;
}

/** The trading status changed, possibly until a time. */
export interface StatusChanged extends Stamped {
  readonly kind: "status_changed";
  readonly status: TradingStatus;
  readonly reason: StatusReason;
  readonly untilMs: TimeMs | undefined;
}

/** The unfinished work changed to this. Without the field, nothing is unfinished. */
export interface LeftUnfinished extends Stamped {
  readonly kind: "left_unfinished";
  readonly unfinished: Unfinished | undefined;
}

/** All events of the engine. Folding them into an empty book gives the book. */
export type Event =
  | Accepted
  | Traded
  | Rested
  | Cancelled
  | Replenished
  | Prevented
  | Amended
  | Spent
  | Advanced
  | Armed
  | Triggered
  | StatusChanged
  | LeftUnfinished;

/** The orders that an event names. */
export function ordersNamed(event: Event): number[] {
  if (event.kind === "traded" || event.kind === "prevented")
    return [event.makerOrderNumber, event.takerOrderNumber];
  return "orderNumber" in event ? [event.orderNumber] : [];
}

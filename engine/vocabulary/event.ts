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

/** Why an order ended before it was filled. A journal may hold them by their place: only append. */
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
 * An order entered the engine. Its number is this event's sequence. `priceTicks` only with a limit;
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
 * Two orders traded: at the maker's price, or in an auction at the price for all, where both rest and the
 * later of them counts as the taker. The remaining quantities are those after the trade; of a taker by
 * quote budget, the lots that the rest of it comes to at this price.
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

/** What an order did not trade at once went to the back of its level. Of an iceberg, one slice is shown. */
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

/** An order ended unfilled. `priceTicks` is the level it rested at; absent if it did not rest. */
export interface Cancelled extends Stamped {
  readonly kind: "cancelled";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks | undefined;
  readonly cancelledLots: QuantityLots;
  readonly reason: CancelReason;
}

/** The used-up slice of an iceberg was followed by the next one, at the back of its level. */
export interface Replenished extends Stamped {
  readonly kind: "replenished";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks;
  readonly displayedLots: QuantityLots;
  readonly hiddenLots: QuantityLots;
}

/**
 * Two orders of one group would have traded. Who ends because of it has a `cancelled` event next; who goes
 * on with less (mode `decrement`) has its quantity lowered by its decrement.
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
 * An order was changed by its owner. If it loses priority it has left its level, may take, and rests again
 * by a `rested` event; a stop waits on. `previousPriceTicks` is the level it rested at; absent if it waits.
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
 * A market buy by quote budget ended as filled: what is left of it buys no lot at the next price. A sell's next
 * price is lower, so that what it leaves is less than a lot at the price of its last trade, which ends it.
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

/** A stop began to wait for its price; `priceTicks` is the limit it will have, absent for none. */
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

/** A stop reached its price and goes on as a market or limit order. */
export interface Triggered extends Stamped {
  readonly kind: "triggered";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly stopPriceTicks: PriceTicks;
}

/** The instrument takes other orders than before, until a time where that is given. */
export interface StatusChanged extends Stamped {
  readonly kind: "status_changed";
  readonly status: TradingStatus;
  readonly reason: StatusReason;
  readonly untilMs: TimeMs | undefined;
}

/** What is left to be done has changed: from now on it is this, and nothing where the field is absent. */
export interface LeftUnfinished extends Stamped {
  readonly kind: "left_unfinished";
  readonly unfinished: Unfinished | undefined;
}

/** The whole vocabulary of the engine: folding these into an empty book gives the book. */
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

/** The orders that an event is about. */
export function ordersNamed(event: Event): number[] {
  if (event.kind === "traded" || event.kind === "prevented")
    return [event.makerOrderNumber, event.takerOrderNumber];
  return "orderNumber" in event ? [event.orderNumber] : [];
}

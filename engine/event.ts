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

/** Why an order left the book before it was filled. */
export const CANCEL_REASONS = ["by_owner", "no_liquidity"] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

interface Stamped {
  readonly sequence: Sequence;
  readonly timeMs: TimeMs;
}

/** An order entered the engine. Its number is this event's sequence. `priceTicks` only for a limit order. */
export interface Accepted extends Stamped {
  readonly kind: "accepted";
  readonly orderNumber: OrderNumber;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly type: "limit" | "market";
  readonly priceTicks: PriceTicks | undefined;
  readonly quantityLots: QuantityLots;
}

/** Two orders traded at the maker's price. The remaining quantities are those after the trade. */
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
}

/** What an order did not trade at once went to the back of its level. */
export interface Rested extends Stamped {
  readonly kind: "rested";
  readonly orderNumber: OrderNumber;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks;
  readonly quantityLots: QuantityLots;
  readonly remainingLots: QuantityLots;
}

/** An order ended unfilled. `priceTicks` is the level it rested at; absent if it never rested. */
export interface Cancelled extends Stamped {
  readonly kind: "cancelled";
  readonly orderNumber: OrderNumber;
  readonly side: Side;
  readonly priceTicks: PriceTicks | undefined;
  readonly cancelledLots: QuantityLots;
  readonly reason: CancelReason;
}

/** The whole vocabulary of the engine: folding these into an empty book gives the book. */
export type Event = Accepted | Traded | Rested | Cancelled;

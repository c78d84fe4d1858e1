import type { OrderTerms, OrderType, SelfTradeMode } from "./terms.ts";
import type { TradingStatus } from "./trading-status.ts";
import type { ClientNumber, OrderNumber, PriceTicks, QuantityLots, Side, TimeMs } from "./units.ts";

interface PlaceFields {
  readonly timeMs: TimeMs;
  readonly client: ClientNumber;
  readonly side: Side;
  readonly quantityLots: QuantityLots;
  /** Absent: `none`. */
  readonly selfTrade?: SelfTradeMode;
}

/** A limit order. It takes what it can at its price or better, and its remainder rests. */
export interface PlaceLimitCommand extends PlaceFields {
  readonly kind: "place_limit";
  readonly priceTicks: PriceTicks;
}

/** A market order. It takes what it can at any price, and its remainder is cancelled. */
export interface PlaceMarketCommand extends PlaceFields {
  readonly kind: "place_market";
}

/**
 * An order with terms. `priceTicks` is set for `limit` and `stop_limit`. The quantity is zero if there is a
 * quote budget.
 */
export interface PlaceTermsCommand extends PlaceFields {
  readonly kind: "place";
  readonly type: OrderType;
  readonly priceTicks?: PriceTicks;
  readonly terms: Omit<OrderTerms, "linkedTo">;
}

/**
 * A limit order and a stop or stop limit order, each of which cancels the other. The limit leg has the first
 * order number, the stop leg the next.
 */
export interface PlaceOcoCommand extends PlaceFields {
  readonly kind: "place_oco";
  readonly priceTicks: PriceTicks;
  readonly stopPriceTicks: PriceTicks;
  /** The limit of the stop leg; absent for a market order. */
  readonly stopLimitTicks?: PriceTicks;
  readonly terms: Pick<OrderTerms, "timeInForce" | "expiresAtMs" | "groupNumber">;
}

/** Changes an open order. Absent fields do not change. */
export interface AmendCommand {
  readonly kind: "amend";
  readonly timeMs: TimeMs;
  readonly orderNumber: OrderNumber;
  readonly priceTicks?: PriceTicks;
  readonly quantityLots?: QuantityLots;
  readonly stopPriceTicks?: PriceTicks;
}

/** Ends an open order on its owner's request. */
export interface CancelCommand {
  readonly kind: "cancel";
  readonly timeMs: TimeMs;
  readonly orderNumber: OrderNumber;
}

/** Ends every open order of a client, or those of one side, oldest first. */
export interface CancelAllCommand {
  readonly kind: "cancel_all";
  readonly timeMs: TimeMs;
  readonly client: ClientNumber;
  readonly side?: Side;
}

/** Does everything that is due by a time: expiries, the end of a halt, the end of an auction. */
export interface AdvanceCommand {
  readonly kind: "advance";
  readonly timeMs: TimeMs;
  readonly cutoffMs: TimeMs;
}

/** Changes the trading status. A halt or an auction ends by itself at `untilMs`. */
export interface SetStatusCommand {
  readonly kind: "set_status";
  readonly timeMs: TimeMs;
  readonly status: TradingStatus;
  readonly untilMs?: TimeMs;
}

export type PlaceCommand = PlaceLimitCommand | PlaceMarketCommand | PlaceTermsCommand;

/** Everything that can change a book. The shell stamps the time. The engine never reads a clock. */
export type Command =
  | PlaceCommand
  | PlaceOcoCommand
  | AmendCommand
  | CancelCommand
  | CancelAllCommand
  | AdvanceCommand
  | SetStatusCommand;

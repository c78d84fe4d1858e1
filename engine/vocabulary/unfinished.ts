import type { StatusReason, TradingStatus } from "./trading-status.ts";
import type { ClientNumber, OrderNumber, PriceTicks, QuantityLots, Side, TimeMs } from "./units.ts";

/** How many events one command causes at most before it leaves the rest for later, where the rules say nothing. */
export const EVENTS_AT_ONCE_DEFAULT = 125;
/** How many orders one order may meet, where the rules say nothing. */
export const FILLS_MAX_DEFAULT = 500;
/** How many times the events of one command a group of commands may cause. */
export const GROUP_EVENTS_FACTOR = 8;

/** A cancel of all orders of a client that are not newer than a number; of one side where that is given. */
export interface MassCancel {
  readonly client: ClientNumber;
  readonly side?: Side;
  readonly throughNumber: OrderNumber;
}

/** An uncross that has begun: what is still to be traded at its price, and the status that follows. */
export interface RunningUncross {
  readonly priceTicks: PriceTicks;
  readonly leftLots: QuantityLots;
  readonly status: TradingStatus;
  readonly reason: StatusReason;
  readonly untilMs?: TimeMs;
}

/**
 * What commands have left to be done, since one command does a bounded amount of work. `advance` goes on
 * with it. An order that is to be ended by it no longer trades, and ends when it is met or when its turn
 * comes. Absent fields: nothing of the kind is left.
 */
export interface Unfinished {
  /** Orders that expire at this time or before are still to be ended. */
  readonly expiringMs?: TimeMs;
  /** In the order in which they were asked for. */
  readonly massCancels?: readonly MassCancel[];
  /** Buy stops at this price or below are still to be triggered. */
  readonly reachedBuyTicks?: PriceTicks;
  /** Sell stops at this price or above are still to be triggered. */
  readonly reachedSellTicks?: PriceTicks;
  /** Nothing else happens before it is done. */
  readonly uncross?: RunningUncross;
}

import type { StatusReason, TradingStatus } from "./trading-status.ts";
import type { ClientNumber, OrderNumber, PriceTicks, QuantityLots, Side, TimeMs } from "./units.ts";

/** The number of events after which a command leaves the rest for later, if the rules state none. */
export const EVENTS_AT_ONCE_DEFAULT = 125;
/** The most orders that one order may meet, if the rules state no maximum. */
export const FILLS_MAX_DEFAULT = 500;
/** A group of commands may cause this many times the events of one command. */
export const GROUP_EVENTS_FACTOR = 8;

/** A cancel of all orders of a client up to an order number, on both sides or on one. */
export interface MassCancel {
  readonly client: ClientNumber;
  readonly side?: Side;
  readonly throughNumber: OrderNumber;
}

/** An uncross in progress: the quantity still to be traded, its price, and the status that follows. */
export interface RunningUncross {
  readonly priceTicks: PriceTicks;
  readonly leftLots: QuantityLots;
  readonly status: TradingStatus;
  readonly reason: StatusReason;
  readonly untilMs?: TimeMs;
}

/**
 * The unfinished work of commands, since the work of one command is bounded. `advance` continues it. An order
 * that this work will end no longer trades. It ends when another order meets it, or in its turn. Absent
 * fields: nothing of the kind is left.
 */
export interface Unfinished {
  /** Orders that expire at this time or before are still to be ended. */
  readonly expiringMs?: TimeMs;
  /** In the order of their commands. */
  readonly massCancels?: readonly MassCancel[];
  /** Buy stops at this price or below are still to be triggered. */
  readonly reachedBuyTicks?: PriceTicks;
  /** Sell stops at this price or above are still to be triggered. */
  readonly reachedSellTicks?: PriceTicks;
  /** It must finish before anything else happens. */
  readonly uncross?: RunningUncross;
}

import type { OrderNumber, PriceTicks, QuantityLots, TimeMs } from "./units.ts";

/** The type of an order. `stop` and `trailing_stop` become market orders, `stop_limit` a limit order. */
export const ORDER_TYPES = ["limit", "market", "stop", "stop_limit", "trailing_stop"] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** How long an order may work. The shell converts `gtd` and `day` into `expiresAtMs`. */
export const TIMES_IN_FORCE = ["gtc", "ioc", "fok", "gtd", "day"] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** What happens instead of a trade between two orders of one client or group. The taker's mode applies. */
export const SELF_TRADE_MODES = ["none", "expire_taker", "expire_maker", "expire_both", "decrement"] as const;
export type SelfTradeMode = (typeof SELF_TRADE_MODES)[number];

/**
 * The terms that an order has beyond a plain limit or market order that works until it is cancelled. They are
 * sparse: an absent field is not used, and costs nothing.
 */
export interface OrderTerms {
  /** Absent: `gtc`. For a `stop_limit`, `ioc` and `fok` apply once it is triggered. */
  readonly timeInForce?: TimeInForce;
  /** With `gtd` and `day`: the order ends when the book is advanced to this time. */
  readonly expiresAtMs?: TimeMs;
  /** The order is rejected if it would take. */
  readonly postOnly?: true;
  /** The displayed quantity of an iceberg. */
  readonly displayLots?: QuantityLots;
  /**
   * Orders with the same number do not trade with each other, even if their clients differ. In orders that
   * were stored when clients shared the names of groups, the field is called `selfTradeGroup` and is ignored.
   */
  readonly groupNumber?: number;
  /**
   * The most that a market buy spends or a market sell receives, in ticks × lots, a safe integer. The
   * quantity is then zero.
   */
  readonly quoteBudget?: number;
  /** With `stop` and `stop_limit`: a trade at this price or beyond triggers the order. */
  readonly stopPriceTicks?: PriceTicks;
  /** With `trailing_stop`: the distance behind the best trade, in ticks or in basis points of that trade. */
  readonly trailTicks?: number;
  readonly trailBasisPoints?: number;
  /** The other leg of a pair. Each leg cancels the other. */
  readonly linkedTo?: OrderNumber;
}

/** The most slices that an iceberg may be shown in, if the rules state no maximum. */
export const ICEBERG_SLICES_MAX_DEFAULT = 100;

/** Whether an order would be shown in more slices than it may. */
export function hasTooManySlices(
  terms: OrderTerms | undefined,
  quantityLots: number,
  slicesMax = ICEBERG_SLICES_MAX_DEFAULT,
): boolean {
  return terms?.displayLots !== undefined && quantityLots > terms.displayLots * slicesMax;
}

/** The terms without the link to the other leg. */
export function unlinkedTerms(terms: OrderTerms): OrderTerms {
  const { linkedTo: _, ...rest } = terms;
  return rest;
}

/** The remaining terms of a stop once it is triggered; undefined if there are none. */
export function triggeredTerms(terms: OrderTerms): OrderTerms | undefined {
  const { linkedTo: _a, stopPriceTicks: _b, trailTicks: _c, trailBasisPoints: _d, ...rest } = terms;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/**
 * Whether the quantity that does not trade at once may stay: on the book, or as a waiting stop, whatever it
 * becomes.
 */
export function mayRest(type: OrderType, terms: OrderTerms | undefined): boolean {
  if (type !== "limit") return type !== "market";
  return terms?.timeInForce !== "ioc" && terms?.timeInForce !== "fok";
}

import type { OrderNumber, PriceTicks, QuantityLots, TimeMs } from "./units.ts";

/** What an order is: `stop` and `trailing_stop` become market orders, `stop_limit` a limit order. */
export const ORDER_TYPES = ["limit", "market", "stop", "stop_limit", "trailing_stop"] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** How long an order may work. The shell turns `gtd` and `day` into `expiresAtMs`. */
export const TIMES_IN_FORCE = ["gtc", "ioc", "fok", "gtd", "day"] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** What happens instead of a trade between two orders of one client or group; the taker's mode rules. */
export const SELF_TRADE_MODES = ["none", "expire_taker", "expire_maker", "expire_both", "decrement"] as const;
export type SelfTradeMode = (typeof SELF_TRADE_MODES)[number];

/**
 * What an order has beyond a plain limit or market order that works until it is cancelled. Sparse: an
 * absent field means the order does not use it, and costs it nothing.
 */
export interface OrderTerms {
  /** Absent: `gtc`. Of a `stop_limit`, `ioc` and `fok` say what it is once it has been triggered. */
  readonly timeInForce?: TimeInForce;
  /** With `gtd` and `day`: the order ends when the book is advanced to this time. */
  readonly expiresAtMs?: TimeMs;
  /** Refused where it would take. */
  readonly postOnly?: true;
  /** An iceberg: how much of it is shown at a time. */
  readonly displayLots?: QuantityLots;
  /**
   * Orders of one number do not trade with each other, whoever their clients are. Of orders that were stored
   * when clients shared their groups' names, the field is called `selfTradeGroup`, and means nothing.
   */
  readonly groupNumber?: number;
  /**
   * A market order by the most that it pays, or as a sell gets, in ticks × lots, a safe integer; its quantity
   * is then zero.
   */
  readonly quoteBudget?: number;
  /** With `stop` and `stop_limit`: triggered by a trade at this price or beyond. */
  readonly stopPriceTicks?: PriceTicks;
  /** With `trailing_stop`: how far behind the best trade, in ticks or in basis points of it. */
  readonly trailTicks?: number;
  readonly trailBasisPoints?: number;
  /** The other leg of a pair of which one cancels the other. */
  readonly linkedTo?: OrderNumber;
}

/** How many slices an iceberg may be shown in where the rules say nothing. */
export const ICEBERG_SLICES_MAX_DEFAULT = 100;

/** Whether an order of so many lots would be shown in more slices than it may. */
export function hasTooManySlices(
  terms: OrderTerms | undefined,
  quantityLots: number,
  slicesMax = ICEBERG_SLICES_MAX_DEFAULT,
): boolean {
  return terms?.displayLots !== undefined && quantityLots > terms.displayLots * slicesMax;
}

/** The terms without the link to another leg. */
export function unlinkedTerms(terms: OrderTerms): OrderTerms {
  const { linkedTo: _, ...rest } = terms;
  return rest;
}

/** What is left of the terms of a stop once it has been triggered; undefined when nothing is. */
export function triggeredTerms(terms: OrderTerms): OrderTerms | undefined {
  const { linkedTo: _a, stopPriceTicks: _b, trailTicks: _c, trailBasisPoints: _d, ...rest } = terms;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/** Whether what does not trade at once may stay: on the book, or as a stop, which waits whatever it becomes. */
export function mayRest(type: OrderType, terms: OrderTerms | undefined): boolean {
  if (type !== "limit") return type !== "market";
  return terms?.timeInForce !== "ioc" && terms?.timeInForce !== "fok";
}

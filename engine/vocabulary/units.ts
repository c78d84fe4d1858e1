/**
 * Units of the engine. Every amount in it is a non-negative safe integer of one of these units. Decimal
 * strings exist only on the wire. The brands cost nothing at run time, and keep a price from being passed as
 * a quantity.
 */

declare const unit: unique symbol;

/** A price as a count of the instrument's tick size, 1 … 2^53 − 1. */
export type PriceTicks = number & { readonly [unit]: "PriceTicks" };
/** A quantity as a count of the instrument's lot size, 0 … 2^53 − 1. */
export type QuantityLots = number & { readonly [unit]: "QuantityLots" };
/** The sequence of the event that accepted an order. It identifies the order for good. */
export type OrderNumber = number & { readonly [unit]: "OrderNumber" };
/** Running number of an instrument's trades, gapless from 1. */
export type TradeNumber = number & { readonly [unit]: "TradeNumber" };
/** Running number of an instrument's events, gapless from 1. */
export type Sequence = number & { readonly [unit]: "Sequence" };
/** Milliseconds since the Unix epoch, stamped by the shell. */
export type TimeMs = number & { readonly [unit]: "TimeMs" };
/** The small integer that the shell assigned to a client. */
export type ClientNumber = number & { readonly [unit]: "ClientNumber" };

/** The largest amount of any unit: the largest integer a double holds exactly. */
export const UNIT_MAX = Number.MAX_SAFE_INTEGER;

/** The side of the book that an order is on. It is numeric, so that it can index arrays. */
export type Side = 0 | 1;
export const BUY: Side = 0;
export const SELL: Side = 1;

export function opposite(side: Side): Side {
  return side === BUY ? SELL : BUY;
}

/**
 * Ticks × lots, exact. The unit is (tick size × lot size) of the quote asset. The result may exceed 2^53 and
 * is therefore a bigint. Use it for totals, not in the match loop.
 */
export function notional(priceTicks: PriceTicks, quantityLots: QuantityLots): bigint {
  return BigInt(priceTicks) * BigInt(quantityLots);
}

/** floor(amount × basisPoints / 10,000), exact for 0 … 10,000 basis points. */
export function basisPointsOf(amount: number, basisPoints: number): number {
  const rest = amount % 10_000;
  return ((amount - rest) / 10_000) * basisPoints + Math.floor((rest * basisPoints) / 10_000);
}

/** floor(dividend / divisor), exact for all non-negative safe integers. */
export function wholeQuotient(dividend: number, divisor: number): number {
  return (dividend - (dividend % divisor)) / divisor;
}

import type { Taker } from "./taker.ts";
import { UNIT_MAX } from "./vocabulary/units.ts";

/**
 * Whether an order's terms are consistent. The readers of requests reject inconsistent terms field by field;
 * this is the engine's own check.
 */
export function areTermsValid(taker: Taker): boolean {
  const { type, terms = {}, priceTicks } = taker;
  const hasLimit = type === "limit" || type === "stop_limit";
  const isImmediate = terms.timeInForce === "ioc" || terms.timeInForce === "fok";
  const expires = terms.timeInForce === "gtd" || terms.timeInForce === "day";
  if (hasLimit !== (priceTicks !== undefined)) return false;
  if (expires !== (terms.expiresAtMs !== undefined)) return false;
  if (type === "market" && expires) return false;
  // A stop that becomes a market order never rests anyway. A leg of a pair always rests or waits.
  if (isImmediate && (type === "stop" || type === "trailing_stop" || terms.linkedTo !== undefined))
    return false;
  if (terms.postOnly && (type !== "limit" || isImmediate)) return false;
  if (terms.displayLots !== undefined) {
    if (!hasLimit || isImmediate) return false;
    if (!isAmount(terms.displayLots) || terms.displayLots > taker.quantityLots) return false;
  }
  return isBudgetValid(taker) && areStopTermsValid(taker);
}

function isBudgetValid({ type, terms = {}, quantityLots }: Taker): boolean {
  if (terms.quoteBudget === undefined) return true;
  if (type !== "market" || terms.timeInForce === "fok") return false;
  return quantityLots === 0 && isAmount(terms.quoteBudget);
}

function areStopTermsValid({ type, terms = {} }: Taker): boolean {
  const { stopPriceTicks, trailTicks, trailBasisPoints } = terms;
  const hasStop = type === "stop" || type === "stop_limit";
  if (hasStop !== (stopPriceTicks !== undefined)) return false;
  if (type !== "trailing_stop") return trailTicks === undefined && trailBasisPoints === undefined;
  if ((trailTicks === undefined) === (trailBasisPoints === undefined)) return false;
  return isAmount(trailTicks ?? 1) && isAmount(trailBasisPoints ?? 1) && (trailBasisPoints ?? 1) <= 10_000;
}

function isAmount(value: number): boolean {
  return value >= 1 && value <= UNIT_MAX;
}

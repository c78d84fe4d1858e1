import type { OrderTerms, OrderType } from "../../engine/vocabulary/terms.ts";
import type { Incoming } from "./naive-order.ts";

/** The rules for consistent terms, one by one. */
export function makesSense(type: OrderType, order: Incoming): boolean {
  const { terms, priceTicks, quantityLots } = order;
  if (terms === undefined) return true;
  const expires = terms.timeInForce === "gtd" || terms.timeInForce === "day";
  const hasLimit = type === "limit" || type === "stop_limit";
  const hasStop = type === "stop" || type === "stop_limit";
  const isTrailing = type === "trailing_stop";
  const trails = [terms.trailTicks, terms.trailBasisPoints].filter((trail) => trail !== undefined);
  const amounts = [terms.displayLots, terms.quoteBudget, ...trails];
  const rules = [
    hasLimit === (priceTicks !== undefined),
    hasStop === (terms.stopPriceTicks !== undefined),
    trails.length === (isTrailing ? 1 : 0),
    (terms.trailBasisPoints ?? 0) <= 10_000,
    expires === (terms.expiresAtMs !== undefined),
    !(type === "market" && expires),
    !((type === "stop" || isTrailing || terms.linkedTo !== undefined) && isImmediate(terms)),
    !terms.postOnly || (type === "limit" && !isImmediate(terms)),
    terms.displayLots === undefined || (hasLimit && !isImmediate(terms) && terms.displayLots <= quantityLots),
    terms.quoteBudget === undefined || (type === "market" && quantityLots === 0),
    terms.quoteBudget === undefined || terms.timeInForce !== "fok",
    amounts.every((amount) => amount === undefined || (amount >= 1 && amount <= Number.MAX_SAFE_INTEGER)),
  ];
  return rules.every((rule) => rule);
}

export function isImmediate(terms: OrderTerms = {}): boolean {
  return terms.timeInForce === "ioc" || terms.timeInForce === "fok";
}

import type { Random } from "../../support/random.ts";

/** Limit prices lie within so many steps of the middle; so a side has at most as many levels. */
const STEPS_REACH = 60;

/** Where a seeded flow trades. Amounts are as the wire takes them. */
export interface FlowMarket {
  /** The price so many steps above the middle of the book. */
  price(steps: number): number | string;
  quantity(random: Random): number | string;
}

/** Side, type, price and quantity of an order that rests, one that crosses, or a market order. */
export function drawTerms(random: Random, market: FlowMarket, kind: "rest" | "cross" | "market"): object {
  const side = random.pick(["buy", "sell"]);
  const quantity = market.quantity(random);
  if (kind === "market") return { side, type: "market", quantity };
  const isAbove = (side === "buy") === (kind === "cross");
  const steps = random.between(1, STEPS_REACH);
  return { side, type: "limit", price: market.price(isAbove ? steps : -steps), quantity };
}

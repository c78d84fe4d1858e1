import type { Random } from "../../support/random.ts";

/** Limit prices are within this many steps of the middle, which bounds the levels of a side. */
const STEPS_REACH = 60;

/** The market of a seeded flow. Amounts are in the form of the wire. */
export interface FlowMarket {
  /** The price a number of steps above the middle of the book. */
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

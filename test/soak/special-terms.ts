import type { Random } from "../support/random.ts";
import type { SoakMarket } from "./market.ts";

/** Stops and limits lie within so many steps of the middle, where the plain orders are. */
const STEPS_REACH = 40;
/** Longer than any soak: when an order ends is not for the clock of the test to decide. */
const LIFETIME_MS = 30 * 86_400_000;

/**
 * An order with terms. Of all there are, those under which an order keeps its quantity and everybody sees all
 * of it, so that what one client is told can be held against what anybody is shown.
 */
export function drawSpecialTerms(random: Random, market: SoakMarket): object {
  const side = random.pick(["buy", "sell"]);
  const common = { side, quantity: market.quantity(random) };
  const price = () => market.price(random.between(-STEPS_REACH, STEPS_REACH));
  const selfTrade = { self_trade_prevention: random.pick(["expire_maker", "expire_both", "none"]) };
  const kind = random.pick([
    "stop",
    "stop_limit",
    "stop_limit_immediate",
    "trailing_stop",
    "post_only",
    "timed",
    "ioc",
    "fok",
    "mode",
  ]);
  switch (kind) {
    case "stop":
      return { ...common, type: "stop", stop_price: price() };
    case "stop_limit":
      return { ...common, ...selfTrade, type: "stop_limit", stop_price: price(), price: price() };
    case "stop_limit_immediate": {
      const time_in_force = random.pick(["ioc", "fok"]);
      return { ...common, type: "stop_limit", stop_price: price(), price: price(), time_in_force };
    }
    case "trailing_stop":
      return { ...common, type: "trailing_stop", trailing_basis_points: random.between(5, 500) };
    case "post_only":
      return { ...common, type: "limit", price: price(), post_only: true };
    case "timed": {
      const expires_at = new Date(Date.now() + LIFETIME_MS).toISOString();
      return { ...common, type: "limit", price: price(), time_in_force: "gtd", expires_at };
    }
    case "mode":
      return { ...common, ...selfTrade, type: "limit", price: price() };
    default:
      return { ...common, type: "limit", price: price(), time_in_force: kind };
  }
}

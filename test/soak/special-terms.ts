import type { Random } from "../support/random.ts";
import type { SoakMarket } from "./market.ts";

/** Stops and limits are within this many steps of the middle, where the plain orders are. */
const STEPS_REACH = 40;
/** Longer than any soak: the test's clock must not decide when an order ends. */
const LIFETIME_MS = 30 * 86_400_000;

/**
 * An order with terms. Only terms with which an order keeps its quantity and is completely public are used,
 * so that one client's answers can be compared with public data.
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

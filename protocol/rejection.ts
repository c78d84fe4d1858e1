import type { RejectReason } from "../engine/vocabulary/reject-reason.ts";
import { formatScaled, formatSteps, type StepFault } from "./decimal.ts";
import type { Problem } from "./error-code.ts";
import { type InstrumentSpec, instrumentView, notionalScale } from "./instrument-spec.ts";

/** The rules a well-formed order can break, those of the wire and those of the engine. */
type OrderRule =
  | "price_not_positive"
  | "price_off_tick"
  | "quantity_not_positive"
  | "quantity_off_lot"
  | Exclude<RejectReason, "order_not_resting">;

/**
 * The rejection of an order, naming the field, the rule, and the bound it broke.
 * @param at the field, where it is not the rule's own: a stop price is counted in ticks too, and a pair has two
 * limits.
 */
export function rejection(spec: InstrumentSpec, code: OrderRule, at?: string): Problem {
  const view = instrumentView(spec);
  switch (code) {
    case "price_not_positive":
    case "quantity_not_positive": {
      const field = at ?? (code === "price_not_positive" ? "price" : "quantity");
      return { code, field, detail: `${field} must be greater than zero` };
    }
    case "price_off_tick": {
      const field = at ?? "price";
      return { code, field, detail: `${field} must be a multiple of the tick size ${view.tick_size}` };
    }
    case "price_below_minimum": {
      const field = at ?? "price";
      return { code, field, detail: `${field} must be at least ${view.minimum_price}` };
    }
    case "price_above_maximum": {
      const field = at ?? "price";
      return { code, field, detail: `${field} must be at most ${view.maximum_price}` };
    }
    case "quantity_off_lot": {
      const field = at ?? "quantity";
      return { code, field, detail: `${field} must be a multiple of ${stepOf(spec, field)}` };
    }
    case "stop_price_below_minimum":
      return {
        code,
        field: "stop_price",
        detail: `stop_price must be at least ${view.minimum_price}`,
      };
    case "stop_price_above_maximum":
      return {
        code,
        field: "stop_price",
        detail: `stop_price must be at most ${view.maximum_price}`,
      };
    case "expiry_passed":
      return { code, field: "expires_at", detail: "expires_at must be in the future" };
    case "quantity_below_minimum":
      return { code, field: "quantity", detail: `quantity must be at least ${view.minimum_quantity}` };
    case "quantity_above_maximum":
      return { code, field: "quantity", detail: `quantity must be at most ${view.maximum_quantity}` };
    case "notional_below_minimum":
      return { code, detail: `${NOTIONAL} must be at least ${view.minimum_notional}` };
    case "notional_above_maximum":
      return { code, detail: `${NOTIONAL} must be at most ${view.maximum_notional}` };
    case "price_outside_collar": {
      const share = `${view.collar_basis_points} basis points`;
      const reference = "the last trade, or of the reference price before the first";
      return {
        code,
        detail: `a limit must be within ${share} of ${reference}; that of a stop, of its stop price`,
      };
    }
    case "too_many_open_orders":
      return { code, detail: `a client may have ${view.maximum_open_orders_per_client} open orders` };
    case "too_many_slices": {
      const slices = view.maximum_iceberg_slices;
      const detail = `quantity must be at most ${slices} times the display_quantity`;
      return { code, field: "display_quantity", detail };
    }
    case "too_many_waiting_stops":
      return { code, detail: `a client may have ${view.maximum_waiting_stops_per_client} waiting stops` };
    case "book_full":
      return {
        code,
        detail: "the book holds as many resting orders as it may; market orders and cancels still work",
      };
    default:
      return { code, detail: DETAILS[code] };
  }
}

/** What a quantity is a multiple of: lots, or of the quote asset what one lot costs at one tick. */
function stepOf(spec: InstrumentSpec, field: string): string {
  const { tick, lot } = spec;
  if (field !== "quote_quantity") return `the lot size ${formatSteps(1, lot)}`;
  return formatScaled(BigInt(tick.units) * BigInt(lot.units), notionalScale(spec));
}

const NOTIONAL = "price times quantity, or quote_quantity,";

/** What the engine's other reasons mean, whatever the instrument. */
const DETAILS = {
  trading_halted: "trading is halted; only cancels are taken",
  cancel_only: "the instrument takes cancels only",
  terms_invalid: "the order's terms do not go together, such as a slice larger than the order",
  order_linked: "the quantity of one of two linked orders cannot be changed",
  not_in_auction: "an auction takes only limit orders that may rest, and stops that wait",
  stops_full: "as many stops wait as may",
  trailing_stops_full: "as many trailing stops wait as may",
  stop_already_through: "the last trade is at the stop price or beyond",
  would_take: "the order would take, which it or the instrument does not allow now",
  would_not_fill: "the order cannot be filled wholly at once",
  too_many_changes:
    "the order, or the orders of an atomic batch, would meet more orders than one command may; nothing happened",
  work_unfinished:
    "orders that have ended are still being taken off the book, which is uncrossed only after that; nothing happened",
} as const;

/** What is wrong with a decimal that no limit has yet been held against. */
type FormFault = Exclude<StepFault, "too_large">;

/** The rejection that stands for a decimal which is not a count of ticks. */
export const PRICE_RULE = {
  not_positive: "price_not_positive",
  off_step: "price_off_tick",
} as const satisfies Record<FormFault, OrderRule>;

/** The rejection that stands for a decimal which is not a count of lots. */
export const QUANTITY_RULE = {
  not_positive: "quantity_not_positive",
  off_step: "quantity_off_lot",
} as const satisfies Record<FormFault, OrderRule>;

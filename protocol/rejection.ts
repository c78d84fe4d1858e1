import type { RejectReason } from "../engine/vocabulary/reject-reason.ts";
import { formatScaled, formatSteps, type StepFault } from "./decimal.ts";
import type { Problem } from "./error-code.ts";
import { type InstrumentSpec, instrumentView, notionalScale } from "./instrument-spec.ts";

/** The rules that a well-formed order can break: those of the wire and those of the engine. */
type OrderRule =
  | "price_not_positive"
  | "price_off_tick"
  | "quantity_not_positive"
  | "quantity_off_lot"
  | Exclude<RejectReason, "order_not_resting">;

/**
 * The rejection of an order. It names the field, the rule, and the bound.
 * @param at the field, if it is not the default field of the rule: a stop price is counted in ticks too, and
 * a pair has two limits.
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
        detail: `a limit price must be within ${share} of ${reference}; for a stop order, within ${share} of its stop price`,
      };
    }
    case "too_many_open_orders":
      return { code, detail: `a client may have at most ${view.maximum_open_orders_per_client} open orders` };
    case "too_many_slices": {
      const slices = view.maximum_iceberg_slices;
      const detail = `quantity must be at most ${slices} times the display_quantity`;
      return { code, field: "display_quantity", detail };
    }
    case "too_many_waiting_stops":
      return {
        code,
        detail: `a client may have at most ${view.maximum_waiting_stops_per_client} waiting stops`,
      };
    case "book_full":
      return {
        code,
        detail:
          "the book has the maximum number of resting orders; market orders and cancels are still accepted",
      };
    default:
      return { code, detail: DETAILS[code] };
  }
}

/**
 * The step of a quantity: the lot size, or for an amount of the quote asset the price of one lot at one tick.
 */
function stepOf(spec: InstrumentSpec, field: string): string {
  const { tick, lot } = spec;
  if (field !== "quote_quantity") return `the lot size ${formatSteps(1, lot)}`;
  return formatScaled(BigInt(tick.units) * BigInt(lot.units), notionalScale(spec));
}

const NOTIONAL = "price times quantity, or quote_quantity,";

/** The explanations of the engine's other reasons, which depend on no rule of an instrument. */
const DETAILS = {
  trading_halted: "trading is halted; only cancels are accepted",
  cancel_only: "the instrument accepts only cancels",
  terms_invalid:
    "the order's terms contradict each other, such as a display quantity above the order's quantity",
  order_linked: "the quantity of a linked order cannot be changed",
  not_in_auction: "an auction accepts only limit orders that can rest, and stop orders",
  stops_full: "the instrument has the maximum number of waiting stops",
  trailing_stops_full: "the instrument has the maximum number of waiting trailing stops",
  stop_already_through: "the last trade is at or beyond the stop price",
  would_take: "the order would take, but the order or the instrument is post-only",
  would_not_fill: "the order cannot be filled completely at once",
  too_many_changes:
    "the order, or the orders of the atomic batch, would match more orders than one command may; nothing happened",
  work_unfinished:
    "ended orders are still being removed from the book, and the auction can end only after that; nothing happened",
} as const;

/** What is wrong with a decimal before it is compared with any limit. */
type FormFault = Exclude<StepFault, "too_large">;

/** The rejection codes of a decimal that is not a valid count of ticks. */
export const PRICE_RULE = {
  not_positive: "price_not_positive",
  off_step: "price_off_tick",
} as const satisfies Record<FormFault, OrderRule>;

/** The rejection codes of a decimal that is not a valid count of lots. */
export const QUANTITY_RULE = {
  not_positive: "quantity_not_positive",
  off_step: "quantity_off_lot",
} as const satisfies Record<FormFault, OrderRule>;

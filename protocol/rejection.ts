import type { RejectReason } from "../engine/reject-reason.ts";
import type { StepFault } from "./decimal.ts";
import type { Problem } from "./error-code.ts";
import { type InstrumentSpec, instrumentView } from "./instrument-spec.ts";

/** The rules a well-formed order can break, those of the wire and those of the engine. */
type OrderRule =
  | "price_not_positive"
  | "price_off_tick"
  | "quantity_not_positive"
  | "quantity_off_lot"
  | Exclude<RejectReason, "order_not_resting">;

/** The rejection of an order, naming the field, the rule, and the bound it broke. */
export function rejection(spec: InstrumentSpec, code: OrderRule): Problem {
  const view = instrumentView(spec);
  switch (code) {
    case "price_not_positive":
      return { code, field: "price", detail: "price must be greater than zero" };
    case "price_off_tick":
      return { code, field: "price", detail: `price must be a multiple of the tick size ${view.tick_size}` };
    case "price_below_minimum":
      return { code, field: "price", detail: `price must be at least ${view.minimum_price}` };
    case "price_above_maximum":
      return { code, field: "price", detail: `price must be at most ${view.maximum_price}` };
    case "quantity_not_positive":
      return { code, field: "quantity", detail: "quantity must be greater than zero" };
    case "quantity_off_lot":
      return {
        code,
        field: "quantity",
        detail: `quantity must be a multiple of the lot size ${view.lot_size}`,
      };
    case "quantity_below_minimum":
      return { code, field: "quantity", detail: `quantity must be at least ${view.minimum_quantity}` };
    case "quantity_above_maximum":
      return { code, field: "quantity", detail: `quantity must be at most ${view.maximum_quantity}` };
    case "book_full":
      return {
        code,
        detail: "the book holds as many resting orders as it may; market orders and cancels still work",
      };
  }
}

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

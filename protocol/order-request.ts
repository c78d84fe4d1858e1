import * as z from "zod";
import {
  clientIdField,
  clientOrderIdField,
  decimalInput,
  expiryInput,
  idempotencyKeyField,
  instrumentField,
  integerInput,
  quantityInput,
  selfTradeField,
  selfTradeGroupField,
  sideField,
} from "./fields.ts";
import { checkExpiry, checkLimit, checkOneOf } from "./order-checks.ts";

/** The self-trade mode of a request that states none. */
export const DEFAULT_SELF_TRADE = "expire_taker";

const selfTradeFields = {
  self_trade_prevention: selfTradeField.optional(),
  stp_group: selfTradeGroupField.optional(),
};
const expiry = { expires_at: expiryInput.optional() };
const iceberg = {
  display_quantity: quantityInput
    .optional()
    .meta({ description: "Makes the order an iceberg that shows this much at a time." }),
};
const waiting = {
  time_in_force: z.enum(["gtc", "gtd", "day"]).optional().meta({ description: "Default: `gtc`." }),
  ...expiry,
};
const orderFields = { client_order_id: clientOrderIdField.optional(), side: sideField, ...selfTradeFields };

const limitFields = {
  ...orderFields,
  type: z.literal("limit"),
  price: decimalInput,
  quantity: quantityInput,
  time_in_force: z.enum(["gtc", "ioc", "fok", "gtd", "day"]).optional().meta({
    description: "Default: `gtc`. `gtd` requires `expires_at`. `day` ends at the instrument's `session_end`.",
  }),
  ...expiry,
  post_only: z.boolean().optional().meta({ description: "If true, the order is rejected if it would take." }),
  ...iceberg,
};
const marketFields = {
  ...orderFields,
  type: z.literal("market"),
  quantity: quantityInput.optional(),
  quote_quantity: decimalInput.optional().meta({
    description: "Instead of `quantity`: the most that a buy spends or a sell receives, in the quote asset.",
    examples: [1000.0, "1000.00"],
  }),
  time_in_force: z.enum(["ioc", "fok"]).optional().meta({ description: "Default: `ioc`." }),
};
const stopFields = {
  ...orderFields,
  type: z.literal("stop"),
  stop_price: decimalInput,
  quantity: quantityInput,
  ...waiting,
};
const stopLimitFields = {
  ...stopFields,
  type: z.literal("stop_limit"),
  price: decimalInput,
  time_in_force: z.enum(["gtc", "ioc", "fok", "gtd", "day"]).optional().meta({
    description: "Default: `gtc`. `ioc` and `fok` apply once the order is triggered; until then it waits.",
  }),
  ...iceberg,
};
const trailingStopFields = {
  ...orderFields,
  type: z.literal("trailing_stop"),
  trailing_amount: decimalInput.optional().meta({ examples: [500.0, "500.00"] }),
  trailing_basis_points: integerInput(1, 10_000).optional(),
  quantity: quantityInput,
  ...waiting,
};

const isOneQuantity = checkOneOf("quantity", "quote_quantity");
const isOneTrail = checkOneOf("trailing_amount", "trailing_basis_points");

const alone = {
  idempotency_key: idempotencyKeyField.optional(),
  client_id: clientIdField,
  instrument: instrumentField,
};

/**
 * A limit, market, stop, stop limit or trailing stop order, with additional fields of the request that
 * contains it.
 */
export function orderWith<F extends z.ZodRawShape>(others: F) {
  return z.discriminatedUnion("type", [
    z.strictObject({ ...others, ...limitFields }).superRefine(checkLimit),
    z.strictObject({ ...others, ...marketFields }).superRefine(isOneQuantity),
    z.strictObject({ ...others, ...stopFields }).superRefine(checkExpiry),
    z.strictObject({ ...others, ...stopLimitFields }).superRefine(checkLimit),
    z
      .strictObject({ ...others, ...trailingStopFields })
      .superRefine(checkExpiry)
      .superRefine(isOneTrail),
  ]);
}

/** The body of `POST /orders`. */
export const placeOrderRequest = orderWith(alone).meta({ id: "PlaceOrderRequest" });
export type PlaceOrderRequest = z.output<typeof placeOrderRequest>;

/** The body of `POST /orders/oco`: a limit order and a stop. When one executes, the other is cancelled. */
export const placeOcoRequest = z
  .strictObject({
    ...alone,
    side: sideField,
    quantity: quantityInput,
    price: decimalInput.meta({ description: "The limit price of the limit leg." }),
    stop_price: decimalInput,
    stop_limit_price: decimalInput
      .optional()
      .meta({ description: "The limit price of the stop leg. Default: a market order." }),
    limit_client_order_id: clientOrderIdField.optional(),
    stop_client_order_id: clientOrderIdField.optional(),
    ...selfTradeFields,
    ...waiting,
  })
  .superRefine(checkExpiry)
  .meta({ id: "PlaceOcoRequest" });
export type PlaceOcoRequest = z.output<typeof placeOcoRequest>;

/** The fields of an amendment. */
export const amendFields = {
  price: decimalInput.optional(),
  quantity: quantityInput.optional().meta({
    description:
      "The new total quantity, including the filled quantity. A total that does not exceed the filled quantity ends the order.",
  }),
  stop_price: decimalInput.optional(),
  expected_version: integerInput(1, Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      "The `updated_sequence` that the order must still have. Otherwise the answer is 409 `version_mismatch`.",
  }),
};

/** The body of `POST /orders/{order_id}/amend`. */
export const amendOrderRequest = z.strictObject(amendFields).meta({ id: "AmendOrderRequest" });
export type AmendOrderRequest = z.output<typeof amendOrderRequest>;

/** The body of `POST /orders/cancel-all`. */
export const cancelAllRequest = z
  .strictObject({
    client_id: clientIdField,
    instrument: instrumentField.optional().meta({ description: "Default: all instruments." }),
    side: sideField.optional().meta({ description: "Default: both sides." }),
  })
  .meta({ id: "CancelAllRequest" });

/** The longest time of a dead man's switch, in seconds. */
export const CANCEL_AFTER_SECONDS_MAX = 86_400;

/** The body of `POST /orders/cancel-after`. */
export const cancelAfterRequest = z
  .strictObject({
    client_id: clientIdField,
    instrument: instrumentField.optional().meta({ description: "Default: all instruments." }),
    seconds: integerInput(0, CANCEL_AFTER_SECONDS_MAX).meta({
      description: "Counted from the request. A later request restarts the switch. Zero removes it.",
    }),
  })
  .meta({ id: "CancelAfterRequest" });

import type { ZodOpenApiPathsObject } from "zod-openapi";
import { batchRequest } from "../../protocol/batch-request.ts";
import type { ErrorCode } from "../../protocol/error-code.ts";
import { orderTrades } from "../../protocol/market-data.ts";
import { listedOrder, order, orderList, placedOrder } from "../../protocol/order-entry.ts";
import { batchAnswer, cancelAfterAnswer, cancelAllAnswer, placedPair } from "../../protocol/order-group.ts";
import {
  amendOrderRequest,
  cancelAfterRequest,
  cancelAllRequest,
  placeOcoRequest,
  placeOrderRequest,
} from "../../protocol/order-request.ts";
import {
  AMEND_EXAMPLES,
  BATCH_EXAMPLES,
  CANCEL_AFTER_EXAMPLES,
  CANCEL_ALL_EXAMPLES,
  OCO_EXAMPLES,
  PLACE_EXAMPLES,
} from "../../protocol/request-examples.ts";
import { byClientIdPath, byClientIdQuery, orderPath, ordersQuery, orderTradesQuery } from "../http/query.ts";
import { AS_BEFORE, BODY_ERRORS, body, errors, json, page } from "./openapi-answers.ts";

const replayHeader = {
  "Idempotency-Replayed": {
    description: "`true` when this is the stored answer of an earlier request with the same key.",
    schema: { type: "string" as const, enum: ["true"] },
  },
};

const REFUSED_ERRORS: readonly ErrorCode[] = [
  "overloaded",
  "request_quarantined",
  "frozen",
  "storage_full",
  "outcome_unknown",
];
const AMOUNT_ERRORS: readonly ErrorCode[] = [
  "trading_halted",
  "cancel_only",
  "terms_invalid",
  "too_many_slices",
  "price_not_positive",
  "price_off_tick",
  "quantity_not_positive",
  "quantity_off_lot",
  "price_below_minimum",
  "price_above_maximum",
  "stop_price_below_minimum",
  "stop_price_above_maximum",
  "quantity_below_minimum",
  "quantity_above_maximum",
  "notional_below_minimum",
  "notional_above_maximum",
  "expiry_passed",
  "price_outside_collar",
  "not_in_auction",
  "book_full",
  "would_take",
];
const PLACE_ERRORS: readonly ErrorCode[] = [
  ...BODY_ERRORS,
  ...AMOUNT_ERRORS,
  "instrument_unknown",
  "idempotency_key_reused",
  "too_many_keys",
  "client_order_id_reused",
  "too_many_open_orders",
  "too_many_waiting_stops",
  "stops_full",
  "trailing_stops_full",
  "stop_already_through",
  "would_not_fill",
  ...REFUSED_ERRORS,
];

/** The API's document of order entry. */
export const orderPaths: ZodOpenApiPathsObject = {
  "/orders": {
    get: {
      operationId: "listOrders",
      tags: ["Orders"],
      summary: "A client's orders: open and closed orders from history, or open orders from the instruments",
      requestParams: { query: ordersQuery },
      responses: {
        "200": page(
          "Newest first; `covers` lists the instruments, each with the sequence up to which its orders are included.",
          orderList,
          AS_BEFORE,
        ),
        ...errors([
          "missing_field",
          "invalid_value",
          "unknown_field",
          "instrument_unknown",
          "overloaded",
          "history_unavailable",
          "outcome_unknown",
        ]),
      },
    },
    post: {
      operationId: "placeOrder",
      tags: ["Orders"],
      summary: "Place an order",
      description:
        "A limit order takes what it can at its price or better, and its remainder rests. A market order takes what it can, and its remainder is cancelled. A stop waits for a trade at its stop price.",
      requestBody: body(placeOrderRequest, PLACE_EXAMPLES),
      responses: {
        "201": { ...json("Accepted and written.", placedOrder), headers: replayHeader },
        ...errors([...PLACE_ERRORS]),
      },
    },
  },
  "/orders/by-client-id/{client_order_id}": {
    get: {
      operationId: "getOrderByClientId",
      tags: ["Orders"],
      summary: "A client's newest order with this client order id",
      requestParams: { path: byClientIdPath, query: byClientIdQuery },
      responses: {
        "200": json("The order.", listedOrder),
        ...errors([
          "missing_field",
          "invalid_value",
          "unknown_field",
          "instrument_unknown",
          "order_not_found",
          "outcome_unknown",
        ]),
      },
    },
  },
  "/orders/oco": {
    post: {
      operationId: "placeOco",
      tags: ["Orders"],
      summary: "Place a limit order and a stop, each of which cancels the other",
      requestBody: body(placeOcoRequest, OCO_EXAMPLES),
      responses: {
        "201": { ...json("Both accepted and written.", placedPair), headers: replayHeader },
        ...errors([...PLACE_ERRORS]),
      },
    },
  },
  "/orders/batch": {
    post: {
      operationId: "batch",
      tags: ["Orders"],
      summary: "Place, cancel and amend up to 1,000 orders of one instrument at once",
      description:
        "Each entry is answered as a request of its own would be. With `atomic`, either all entries are applied or none; if none are, the answer is the first refusal, with its `entry`.",
      requestBody: body(batchRequest, BATCH_EXAMPLES),
      responses: {
        "200": { ...json("One answer per entry.", batchAnswer), headers: replayHeader },
        ...errors([
          ...PLACE_ERRORS,
          "malformed_order_id",
          "order_not_found",
          "order_closed",
          "order_linked",
          "version_mismatch",
        ]),
      },
    },
  },
  "/orders/cancel-all": {
    post: {
      operationId: "cancelAll",
      tags: ["Orders"],
      summary: "Cancel every open order of a client",
      requestBody: body(cancelAllRequest, CANCEL_ALL_EXAMPLES),
      responses: {
        "200": json("The cancelled orders.", cancelAllAnswer),
        ...errors([...BODY_ERRORS, "instrument_unknown", "outcome_unknown"]),
      },
    },
  },
  "/orders/cancel-after": {
    post: {
      operationId: "cancelAfter",
      tags: ["Orders"],
      summary:
        "Cancel every open order of a client after a time, unless the client calls again (dead man's switch)",
      requestBody: body(cancelAfterRequest, CANCEL_AFTER_EXAMPLES),
      responses: {
        "200": json("When the orders are cancelled.", cancelAfterAnswer),
        ...errors([...BODY_ERRORS, "instrument_unknown", "outcome_unknown"]),
      },
    },
  },
  "/orders/{order_id}/trades": {
    get: {
      operationId: "listOrderTrades",
      tags: ["Orders"],
      summary: "All trades of an order",
      requestParams: { path: orderPath, query: orderTradesQuery },
      responses: {
        "200": page("Newest first; `as_of_sequence` if some are from history.", orderTrades, AS_BEFORE),
        ...errors([
          "invalid_value",
          "unknown_field",
          "malformed_order_id",
          "overloaded",
          "history_unavailable",
          "order_not_found",
          "outcome_unknown",
        ]),
      },
    },
  },
  "/orders/{order_id}/amend": {
    post: {
      operationId: "amendOrder",
      tags: ["Orders"],
      summary: "Change the price or the quantity of an open order",
      description:
        "A smaller quantity keeps the order's place in the queue, and so does a larger one of an iceberg. A larger quantity of another order, or a new price, loses the place, and the order may trade. A quantity that does not exceed the filled quantity ends the order.",
      requestParams: { path: orderPath },
      requestBody: body(amendOrderRequest, AMEND_EXAMPLES),
      responses: {
        "200": json("Changed.", placedOrder),
        ...errors([
          ...BODY_ERRORS,
          ...AMOUNT_ERRORS,
          "malformed_order_id",
          "order_linked",
          "stop_already_through",
          "order_not_found",
          "order_closed",
          "version_mismatch",
          ...REFUSED_ERRORS,
        ]),
      },
    },
  },
  "/orders/{order_id}/cancel": {
    post: {
      operationId: "cancelOrder",
      tags: ["Orders"],
      summary: "Cancel an open order",
      requestParams: { path: orderPath },
      responses: {
        "200": json("Cancelled.", order),
        ...errors([
          "unknown_field",
          "malformed_order_id",
          "order_not_found",
          "order_closed",
          ...REFUSED_ERRORS,
        ]),
      },
    },
  },
};

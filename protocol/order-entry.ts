import * as z from "zod";
import { CANCEL_REASONS } from "../engine/event.ts";
import {
  asOfSequenceField,
  clientIdField,
  decimalInput,
  decimalOutput,
  idempotencyKeyField,
  instrumentField,
  orderIdField,
  orderStatusField,
  orderTypeField,
  sequenceField,
  sideField,
  timeField,
} from "./fields.ts";
import { trade } from "./market-data.ts";

const placeFields = {
  idempotency_key: idempotencyKeyField.optional(),
  client_id: clientIdField,
  instrument: instrumentField,
  side: sideField,
  quantity: decimalInput,
};

const placeLimit = z.strictObject({ ...placeFields, type: z.literal("limit"), price: decimalInput });
const placeMarket = z.strictObject({ ...placeFields, type: z.literal("market") });

/** The body of `POST /orders`. */
export const placeOrderRequest = z
  .discriminatedUnion("type", [placeLimit, placeMarket])
  .meta({ id: "PlaceOrderRequest" });
export type PlaceOrderRequest = z.output<typeof placeOrderRequest>;

const publicOrderFields = {
  order_id: orderIdField,
  instrument: instrumentField,
  side: sideField,
  type: orderTypeField,
  price: decimalOutput.nullable().meta({ description: "The limit; null for a market order." }),
  quantity: decimalOutput,
  filled_quantity: decimalOutput,
  remaining_quantity: decimalOutput.meta({ description: "What still rests on the book." }),
  cancelled_quantity: decimalOutput.meta({ description: "What was cancelled unfilled." }),
  average_price: decimalOutput.nullable().meta({
    description: "Volume-weighted, four digits finer than the tick, rounded half up; null before a fill.",
  }),
  filled_notional: decimalOutput.meta({ description: "Exact sum of price × quantity of the order's fills." }),
  status: orderStatusField,
  cancel_reason: z.enum(CANCEL_REASONS).nullable().meta({
    description:
      "Why the rest was cancelled: by its owner, or because a market order found no more liquidity.",
  }),
  sequence: sequenceField.meta({ description: "Sequence of the event that accepted the order." }),
  time: timeField.meta({ description: "When the order was accepted." }),
  updated_sequence: sequenceField.meta({ description: "Sequence of the event that last changed the order." }),
  updated_time: timeField,
};

/** An order as anybody may see it: without whose it is. */
export const publicOrder = z.strictObject(publicOrderFields).meta({ id: "PublicOrder" });

const ownerFields = { client_id: clientIdField, idempotency_key: idempotencyKeyField.nullable() };

/** An order as its owner sees it. */
export const order = z.strictObject({ ...publicOrderFields, ...ownerFields }).meta({ id: "Order" });

/** An order as anybody may see it, from the instrument or, once that holds it no more, from history. */
export const readOrder = z
  .strictObject({ ...publicOrderFields, as_of_sequence: asOfSequenceField.optional() })
  .meta({ id: "ReadOrder" });

/**
 * An order in a list of its client's: without its idempotency key, which is its owner's means to repeat a
 * request, and no part of the order.
 */
const listedOrder = z
  .strictObject({ ...publicOrderFields, client_id: clientIdField })
  .meta({ id: "ListedOrder" });
export type ListedOrderView = z.output<typeof listedOrder>;

/** The answer of `GET /orders`. */
export const orderList = z
  .strictObject({
    client_id: clientIdField,
    instrument: instrumentField,
    orders: z.array(listedOrder).meta({ description: "Newest first." }),
    as_of_sequence: asOfSequenceField,
  })
  .meta({ id: "OrderList" });
export type OrderListView = z.output<typeof orderList>;

/** How many trades an answer lists; the rest are counted, and read from `GET /public/trades`. */
export const ANSWERED_TRADES_MAX = 1000;

/** The answer to a placed order: the order and the trades it made at once. */
export const placedOrder = z
  .strictObject({
    ...publicOrderFields,
    ...ownerFields,
    trades: z
      .array(trade)
      .meta({ description: `The order's trades, at most the first ${ANSWERED_TRADES_MAX}.` }),
    trade_count: z
      .number()
      .int()
      .nonnegative()
      .meta({ description: "How many trades the order made at once." }),
  })
  .meta({ id: "PlacedOrder" });

export type PublicOrderView = z.output<typeof publicOrder>;
export type OrderView = z.output<typeof order>;
export type PlacedOrderView = z.output<typeof placedOrder>;

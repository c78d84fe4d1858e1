import * as z from "zod";
import { CANCEL_REASONS } from "../engine/vocabulary/event.ts";
import { TIMES_IN_FORCE } from "../engine/vocabulary/terms.ts";
import {
  asOfSequenceField,
  clientIdField,
  clientOrderIdField,
  decimalOutput,
  idempotencyKeyField,
  instrumentField,
  notionalOutput,
  orderIdField,
  orderStatusField,
  orderTypeField,
  quantityOutput,
  selfTradeField,
  selfTradeGroupField,
  sequenceField,
  sideField,
  timeField,
} from "./fields.ts";
import { trade } from "./market-data.ts";

/** What an order has beyond a plain one; a field that it does not use is absent. */
const termFields = {
  time_in_force: z.enum(TIMES_IN_FORCE).optional(),
  expires_at: timeField.optional().meta({ description: "When a `gtd` or `day` order ends." }),
  post_only: z.literal(true).optional(),
  display_quantity: quantityOutput.optional(),
  self_trade_prevention: selfTradeField.optional(),
  stp_group: selfTradeGroupField.optional(),
  prevented_quantity: quantityOutput.optional().meta({
    description: "What was kept from trading with orders of the same group.",
  }),
  quote_quantity: notionalOutput.optional().meta({
    description: "The most that the order spends, or as a sell gets.",
  }),
  stop_price: decimalOutput.optional(),
  trailing_amount: decimalOutput.optional().meta({ examples: ["500.00"] }),
  trailing_basis_points: z.number().int().optional(),
  linked_order_id: orderIdField.optional().meta({ description: "The other leg of a pair." }),
};

const orderTerms = z.strictObject(termFields);
export type TermsView = z.output<typeof orderTerms>;

const publicOrderFields = {
  order_id: orderIdField,
  instrument: instrumentField,
  side: sideField,
  type: orderTypeField,
  price: decimalOutput.nullable().meta({ description: "The limit; null for an order without one." }),
  quantity: quantityOutput,
  filled_quantity: quantityOutput,
  remaining_quantity: quantityOutput.meta({ description: "What still rests on the book." }),
  cancelled_quantity: quantityOutput.meta({ description: "What was cancelled unfilled." }),
  average_price: decimalOutput.nullable().meta({
    description: "Volume-weighted, four digits finer than the tick, rounded half up; null before a fill.",
  }),
  filled_notional: notionalOutput.meta({
    description: "Exact sum of price × quantity of the order's fills.",
  }),
  status: orderStatusField,
  cancel_reason: z.enum(CANCEL_REASONS).nullable().meta({ description: "Why the rest was cancelled." }),
  sequence: sequenceField.meta({ description: "Sequence of the event that accepted the order." }),
  time: timeField.meta({ description: "When the order was accepted." }),
  updated_sequence: sequenceField.meta({ description: "Sequence of the event that last changed the order." }),
  updated_time: timeField,
  ...termFields,
};

/** An order as anybody may see it: without whose it is. */
export const publicOrder = z.strictObject(publicOrderFields).meta({ id: "PublicOrder" });

const ownerFields = {
  client_id: clientIdField,
  idempotency_key: idempotencyKeyField.nullable(),
  client_order_id: clientOrderIdField.optional(),
};

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
export const listedOrder = z
  .strictObject({
    ...publicOrderFields,
    client_id: clientIdField,
    client_order_id: clientOrderIdField.optional(),
  })
  .meta({ id: "ListedOrder" });
export type ListedOrderView = z.output<typeof listedOrder>;

/** An instrument whose orders a list has, and up to where. */
const coverage = z
  .strictObject({ instrument: instrumentField, as_of_sequence: asOfSequenceField })
  .meta({ id: "Coverage" });
export type CoverageView = z.output<typeof coverage>;

/** The answer of `GET /orders`. */
export const orderList = z
  .strictObject({
    client_id: clientIdField,
    covers: z.array(coverage).meta({ description: "The instruments whose orders are listed." }),
    orders: z.array(listedOrder).meta({ description: "Newest first, of all these instruments together." }),
  })
  .meta({ id: "OrderList" });
export type OrderListView = z.output<typeof orderList>;

/** How many trades an answer lists, that of a batch in all; the rest are counted, and read from `GET /orders/{order_id}/trades`. */
export const ANSWERED_TRADES_MAX = 1000;

/** The answer to a placed order: the order and the trades it made at once. */
export const placedOrder = z
  .strictObject({
    ...publicOrderFields,
    ...ownerFields,
    trades: z.array(trade).meta({
      description: `The order's trades, at most the first ${ANSWERED_TRADES_MAX}, or of a batch's in all.`,
    }),
    trade_count: z
      .number()
      .int()
      .nonnegative()
      .meta({ description: "How many trades the order made at once." }),
  })
  .meta({ id: "PlacedOrder" });

/** The answer in brief to an entry of a batch. */
export const briefOrder = z
  .strictObject({
    order_id: publicOrderFields.order_id,
    status: publicOrderFields.status,
    filled_quantity: publicOrderFields.filled_quantity,
    updated_sequence: publicOrderFields.updated_sequence,
  })
  .meta({ id: "BriefOrder" });
export type BriefOrderView = z.output<typeof briefOrder>;

export type PublicOrderView = z.output<typeof publicOrder>;
export type OrderView = z.output<typeof order>;
export type PlacedOrderView = z.output<typeof placedOrder>;

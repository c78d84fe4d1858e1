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

/** The fields that an order has beyond a plain one. A field that the order does not use is absent. */
const termFields = {
  time_in_force: z.enum(TIMES_IN_FORCE).optional(),
  expires_at: timeField.optional().meta({ description: "When a `gtd` or `day` order ends." }),
  post_only: z.literal(true).optional(),
  display_quantity: quantityOutput.optional(),
  self_trade_prevention: selfTradeField.optional(),
  stp_group: selfTradeGroupField.optional(),
  prevented_quantity: quantityOutput.optional().meta({
    description: "Quantity that was kept from trading with orders of the same client or group.",
  }),
  quote_quantity: notionalOutput.optional().meta({
    description: "The most that a buy spends or a sell receives, in the quote asset.",
  }),
  stop_price: decimalOutput.optional(),
  trailing_amount: decimalOutput.optional().meta({ examples: ["500.00"] }),
  trailing_basis_points: z.number().int().optional(),
  linked_order_id: orderIdField.optional().meta({ description: "The other order of the pair." }),
};

const orderTerms = z.strictObject(termFields);
export type TermsView = z.output<typeof orderTerms>;

const publicOrderFields = {
  order_id: orderIdField,
  instrument: instrumentField,
  side: sideField,
  type: orderTypeField,
  price: decimalOutput.nullable().meta({ description: "The limit; null for an order without a limit." }),
  quantity: quantityOutput,
  filled_quantity: quantityOutput,
  remaining_quantity: quantityOutput.meta({ description: "Quantity that still rests on the book." }),
  cancelled_quantity: quantityOutput.meta({ description: "Quantity that was cancelled unfilled." }),
  average_price: decimalOutput.nullable().meta({
    description:
      "Volume-weighted, with four digits more than the tick size, rounded half up; null before the first fill.",
  }),
  filled_notional: notionalOutput.meta({
    description: "Exact sum of price × quantity of the order's fills.",
  }),
  status: orderStatusField,
  cancel_reason: z
    .enum(CANCEL_REASONS)
    .nullable()
    .meta({ description: "Why the remaining quantity was cancelled." }),
  sequence: sequenceField.meta({ description: "Sequence of the event that accepted the order." }),
  time: timeField.meta({ description: "When the order was accepted." }),
  updated_sequence: sequenceField.meta({ description: "Sequence of the event that last changed the order." }),
  updated_time: timeField,
  ...termFields,
};

/** An order as anybody may see it: without its owner's fields. */
export const publicOrder = z.strictObject(publicOrderFields).meta({ id: "PublicOrder" });

const ownerFields = {
  client_id: clientIdField,
  idempotency_key: idempotencyKeyField.nullable(),
  client_order_id: clientOrderIdField.optional(),
};

/** An order as its owner sees it. */
export const order = z.strictObject({ ...publicOrderFields, ...ownerFields }).meta({ id: "Order" });

/**
 * An order as anybody may see it, from the instrument or, once the instrument has dropped it, from history.
 */
export const readOrder = z
  .strictObject({ ...publicOrderFields, as_of_sequence: asOfSequenceField.optional() })
  .meta({ id: "ReadOrder" });

/**
 * An order in a list of its client's orders. It has no idempotency key: the key lets its owner repeat a
 * request, and is not part of the order.
 */
export const listedOrder = z
  .strictObject({
    ...publicOrderFields,
    client_id: clientIdField,
    client_order_id: clientOrderIdField.optional(),
  })
  .meta({ id: "ListedOrder" });
export type ListedOrderView = z.output<typeof listedOrder>;

/** An instrument whose orders a list includes, and the sequence up to which it includes them. */
const coverage = z
  .strictObject({ instrument: instrumentField, as_of_sequence: asOfSequenceField })
  .meta({ id: "Coverage" });
export type CoverageView = z.output<typeof coverage>;

/** The answer of `GET /orders`. */
export const orderList = z
  .strictObject({
    client_id: clientIdField,
    covers: z.array(coverage).meta({ description: "The instruments whose orders the list includes." }),
    orders: z.array(listedOrder).meta({ description: "Newest first, across these instruments." }),
  })
  .meta({ id: "OrderList" });
export type OrderListView = z.output<typeof orderList>;

/**
 * The most trades in one answer; a batch's entries share them. The rest are only counted: `GET
 * /orders/{order_id}/trades` returns them.
 */
export const ANSWERED_TRADES_MAX = 1000;

/** The answer to a placed order: the order, and the trades that it made at once. */
export const placedOrder = z
  .strictObject({
    ...publicOrderFields,
    ...ownerFields,
    trades: z.array(trade).meta({
      description: `The order's first trades, at most ${ANSWERED_TRADES_MAX}. The entries of a batch share this maximum.`,
    }),
    trade_count: z
      .number()
      .int()
      .nonnegative()
      .meta({ description: "Number of trades that the order made at once." }),
  })
  .meta({ id: "PlacedOrder" });

/** The brief answer to an entry of a batch. */
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

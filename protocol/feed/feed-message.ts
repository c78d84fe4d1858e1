import * as z from "zod";
import { candle, tickerFields } from "../analytics.ts";
import {
  decimalOutput,
  instrumentField,
  partFields,
  quantityOutput,
  sequenceField,
  sideField,
  timeField,
} from "../fields.ts";
import { bookSides, checksumField, epochField, trade, tradingStatusFields } from "../market-data.ts";
import { listedOrder } from "../order-entry.ts";
import { BOOK_CHANNELS, CANDLE_CHANNELS, TICKER_CHANNELS } from "./feed-channel.ts";
import { channelField } from "./feed-request.ts";

/*
 * The messages that the venue sends over `GET /stream` to a subscriber of channels. The messages of one
 * channel of one instrument form a chain: a snapshot begins it, and the `prev_seq` of each update is the
 * `seq` of the message before.
 */

const address = {
  instrument: instrumentField,
  epoch: epochField,
  seq: sequenceField.meta({ description: "The position of the channel after this message." }),
  time: timeField
    .nullable()
    .meta({ description: "Time of the instrument's last event; null before the first." }),
};
const begins = { type: z.literal("snapshot"), ...address, prev_seq: z.null() };
const follows = {
  type: z.literal("update"),
  ...address,
  prev_seq: sequenceField.meta({
    description:
      "`seq` of the previous message of the channel; after a resume, the `resume_from` of the request.",
  }),
};

const levels = { channel: z.enum(BOOK_CHANNELS), ...partFields, ...bookSides, checksum: checksumField };
export const bookSnapshot = z.strictObject({ ...begins, ...levels }).meta({ id: "BookSnapshot" });
/** A level replaces the level at the same price. Quantity zero removes it. */
export const bookUpdate = z.strictObject({ ...follows, ...levels }).meta({ id: "BookUpdate" });

const orderNumberField = sequenceField.meta({
  description: "Identifies the order: its `sequence`, which is also the last part of its `order_id`.",
});

const queuedOrder = z
  .strictObject({ order: orderNumberField, price: decimalOutput, quantity: quantityOutput })
  .meta({ id: "QueuedOrder" });
export type QueuedOrder = z.output<typeof queuedOrder>;

const queue = z.array(queuedOrder).meta({ description: "In the order in which they are matched." });
/** Every resting order. */
export const ordersSnapshot = z
  .strictObject({
    ...begins,
    channel: z.literal("orders"),
    ...partFields,
    bids: queue,
    asks: queue,
    checksum: checksumField,
  })
  .meta({ id: "OrdersSnapshot" });

const orderChange = z
  .strictObject({
    order: orderNumberField,
    side: sideField,
    price: decimalOutput,
    quantity: quantityOutput.meta({
      description: "The displayed quantity; zero if the order no longer rests.",
    }),
    is_last: z
      .boolean()
      .meta({ description: "Whether the order moved to the back of the queue at its price." }),
  })
  .meta({ id: "OrderChange" });
export type OrderChange = z.output<typeof orderChange>;

/** Every order that changed, in its new state. Applied in sequence, the entries reproduce the queues. */
export const ordersUpdate = z
  .strictObject({
    ...follows,
    channel: z.literal("orders"),
    ...partFields,
    orders: z.array(orderChange),
    checksum: checksumField,
  })
  .meta({ id: "OrdersUpdate" });

const trades = {
  channel: z.literal("trades"),
  ...partFields,
  trades: z.array(trade).meta({ description: "Oldest first." }),
};
/** The newest trades. */
export const tradesSnapshot = z.strictObject({ ...begins, ...trades }).meta({ id: "TradesSnapshot" });
export const tradesUpdate = z.strictObject({ ...follows, ...trades }).meta({ id: "TradesUpdate" });

const status = { channel: z.literal("status"), ...tradingStatusFields };
export const statusSnapshot = z.strictObject({ ...begins, ...status }).meta({ id: "StatusSnapshot" });
export const statusUpdate = z.strictObject({ ...follows, ...status }).meta({ id: "StatusUpdate" });

const ticker = { channel: z.enum(TICKER_CHANNELS), ...tickerFields };
export const tickerSnapshot = z.strictObject({ ...begins, ...ticker }).meta({ id: "TickerSnapshot" });
export const tickerUpdate = z.strictObject({ ...follows, ...ticker }).meta({ id: "TickerUpdate" });

const candles = {
  channel: z.enum(CANDLE_CHANNELS),
  candle: candle.nullable().meta({
    description: "The current state of the newest candle with a trade; null before the first trade.",
  }),
};
export const candlesSnapshot = z.strictObject({ ...begins, ...candles }).meta({ id: "CandlesSnapshot" });
export const candlesUpdate = z.strictObject({ ...follows, ...candles }).meta({ id: "CandlesUpdate" });

/** The events that an execution report can describe. */
const REPORT_KINDS = [
  "accepted",
  "rested",
  "traded",
  "cancelled",
  "amended",
  "armed",
  "triggered",
  "replenished",
  "prevented",
  "spent",
] as const;

const executionReport = z
  .strictObject({
    report: z
      .number()
      .int()
      .positive()
      .meta({ description: "Counts the client's reports from 1, without gaps." }),
    kind: z.enum(REPORT_KINDS),
    order: listedOrder.meta({ description: "The order's state after the event." }),
    trade: trade.optional().meta({ description: "With `traded`." }),
  })
  .meta({ id: "ExecutionReport" });
export type ExecutionReport = z.output<typeof executionReport>;

const executions = {
  channel: z.literal("executions"),
  seq: sequenceField.meta({ description: "Number of the client's last report." }),
};
/** The client's newest open orders, newest first. */
export const executionsSnapshot = z
  .strictObject({ ...begins, ...executions, ...partFields, orders: z.array(listedOrder) })
  .meta({ id: "ExecutionsSnapshot" });
export const executionsUpdate = z
  .strictObject({ ...follows, ...executions, reports: z.array(executionReport) })
  .meta({ id: "ExecutionsUpdate" });

export const RESYNC_REASONS = ["epoch_changed", "too_old", "ahead", "slow"] as const;
export type ResyncReason = (typeof RESYNC_REASONS)[number];

/** Ends the chain of a channel. A snapshot begins the next one. */
export const resyncMessage = z
  .strictObject({
    type: z.literal("resync"),
    channel: channelField,
    instrument: instrumentField,
    epoch: epochField,
    reason: z.enum(RESYNC_REASONS),
  })
  .meta({ id: "Resync" });

/** The answer to a request. It equals the answer to the same call over HTTP. */
export const answerMessage = z
  .strictObject({
    type: z.literal("answer"),
    request_id: z
      .string()
      .nullable()
      .meta({ description: "The `request_id` of the request; null if the request had none." }),
    status: z.number().int(),
    is_replay: z.literal(true).optional(),
    body: z.unknown(),
  })
  .meta({ id: "Answer" });

export type BookMessage = z.output<typeof bookSnapshot> | z.output<typeof bookUpdate>;
export type OrdersMessage = z.output<typeof ordersSnapshot> | z.output<typeof ordersUpdate>;
export type TradesMessage = z.output<typeof tradesSnapshot> | z.output<typeof tradesUpdate>;
export type StatusMessage = z.output<typeof statusSnapshot> | z.output<typeof statusUpdate>;
export type TickerMessage = z.output<typeof tickerSnapshot> | z.output<typeof tickerUpdate>;
export type CandlesMessage = z.output<typeof candlesSnapshot> | z.output<typeof candlesUpdate>;
export type ExecutionsMessage = z.output<typeof executionsSnapshot> | z.output<typeof executionsUpdate>;
/** A message of a channel's chain. */
export type ChannelMessage =
  | TickerMessage
  | CandlesMessage
  | BookMessage
  | OrdersMessage
  | TradesMessage
  | StatusMessage
  | ExecutionsMessage;
export type ResyncMessage = z.output<typeof resyncMessage>;
export type AnswerMessage = z.output<typeof answerMessage>;

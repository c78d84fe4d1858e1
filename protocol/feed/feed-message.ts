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
 * What the venue sends over `GET /stream` to who names channels. The messages of one channel of one
 * instrument form a chain: a snapshot begins it, and the `prev_seq` of each update is the `seq` before it.
 */

const address = {
  instrument: instrumentField,
  epoch: epochField,
  seq: sequenceField.meta({ description: "Where the channel is after this message." }),
  time: timeField.nullable().meta({ description: "Of the instrument's last event; null before the first." }),
};
const begins = { type: z.literal("snapshot"), ...address, prev_seq: z.null() };
const follows = {
  type: z.literal("update"),
  ...address,
  prev_seq: sequenceField.meta({
    description: "`seq` of the channel's message before this one; after a resume, its `resume_from`.",
  }),
};

const levels = { channel: z.enum(BOOK_CHANNELS), ...partFields, ...bookSides, checksum: checksumField };
export const bookSnapshot = z.strictObject({ ...begins, ...levels }).meta({ id: "BookSnapshot" });
/** A level replaces the one at its price; quantity zero takes it away. */
export const bookUpdate = z.strictObject({ ...follows, ...levels }).meta({ id: "BookUpdate" });

const orderNumberField = sequenceField.meta({
  description: "Which order: its `sequence`, which is also the last part of its `order_id`.",
});

const queuedOrder = z
  .strictObject({ order: orderNumberField, price: decimalOutput, quantity: quantityOutput })
  .meta({ id: "QueuedOrder" });
export type QueuedOrder = z.output<typeof queuedOrder>;

const queue = z.array(queuedOrder).meta({ description: "In the order in which they trade." });
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
    quantity: quantityOutput.meta({ description: "What it shows now; zero: it rests no more." }),
    is_last: z.boolean().meta({ description: "Whether it has gone to the back of its price." }),
  })
  .meta({ id: "OrderChange" });
export type OrderChange = z.output<typeof orderChange>;

/** Every order that changed, as it is now; applied one after the other they give the queues. */
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
    description: "The newest in which anything was traded, as it is now; null before the first.",
  }),
};
export const candlesSnapshot = z.strictObject({ ...begins, ...candles }).meta({ id: "CandlesSnapshot" });
export const candlesUpdate = z.strictObject({ ...follows, ...candles }).meta({ id: "CandlesUpdate" });

/** What may have happened to an order. */
const REPORT_KINDS = [
  ...["accepted", "rested", "traded", "cancelled", "amended"],
  ...["armed", "triggered", "replenished", "prevented", "spent"],
] as const;

const executionReport = z
  .strictObject({
    report: z.number().int().positive().meta({ description: "Gapless for each client, from 1." }),
    kind: z.enum(REPORT_KINDS),
    order: listedOrder.meta({ description: "The order right after it." }),
    trade: trade.optional().meta({ description: "With `traded`." }),
  })
  .meta({ id: "ExecutionReport" });
export type ExecutionReport = z.output<typeof executionReport>;

const executions = {
  channel: z.literal("executions"),
  seq: sequenceField.meta({ description: "Number of the client's last report." }),
};
/** The newest of the client's open orders, newest first. */
export const executionsSnapshot = z
  .strictObject({ ...begins, ...executions, ...partFields, orders: z.array(listedOrder) })
  .meta({ id: "ExecutionsSnapshot" });
export const executionsUpdate = z
  .strictObject({ ...follows, ...executions, reports: z.array(executionReport) })
  .meta({ id: "ExecutionsUpdate" });

export const RESYNC_REASONS = ["epoch_changed", "too_old", "ahead", "slow"] as const;
export type ResyncReason = (typeof RESYNC_REASONS)[number];

/** The chain of a channel ends here; a snapshot begins the next. */
export const resyncMessage = z
  .strictObject({
    type: z.literal("resync"),
    channel: channelField,
    instrument: instrumentField,
    epoch: epochField,
    reason: z.enum(RESYNC_REASONS),
  })
  .meta({ id: "Resync" });

/** The answer to a request: what the same call over HTTP would have been answered. */
export const answerMessage = z
  .strictObject({
    type: z.literal("answer"),
    request_id: z.string().nullable().meta({ description: "The request's; null where it named none." }),
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

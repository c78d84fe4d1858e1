import * as z from "zod";
import {
  asOfSequenceField,
  decimalOutput,
  instrumentField,
  orderIdField,
  orderStatusField,
  orderTypeField,
  partFields,
  quantityOutput,
  sequenceField,
  sideField,
  timeField,
  tradingStatusField,
} from "./fields.ts";
import { optionalRules } from "./instrument-rules.ts";

export const trade = z
  .strictObject({
    trade_id: z.number().int().positive().meta({ description: "Counts the instrument's trades." }),
    instrument: instrumentField,
    price: decimalOutput,
    quantity: quantityOutput,
    taker_side: sideField,
    maker_order_id: orderIdField,
    taker_order_id: orderIdField,
    sequence: sequenceField,
    time: timeField,
  })
  .meta({ id: "Trade" });
export type TradeView = z.output<typeof trade>;

const level = z
  .strictObject({
    price: decimalOutput,
    quantity: quantityOutput,
    orders: z.number().int().nonnegative().meta({ description: "Number of orders that rest at the price." }),
  })
  .meta({ id: "Level" });
export type LevelView = z.output<typeof level>;

export const bookSides = {
  bids: z.array(level).meta({ description: "Highest price, which is the best, first." }),
  asks: z.array(level).meta({ description: "Lowest price, which is the best, first." }),
};

export const epochField = z
  .number()
  .int()
  .positive()
  .meta({ description: "Changes when the sequence restarts." });

const position = {
  instrument: instrumentField,
  epoch: epochField,
  time: timeField
    .nullable()
    .meta({ description: "When the book last changed; null before the first change." }),
};

/** The answer of `GET /public/time`. */
export const serverTime = z
  .strictObject({
    time: timeField,
    time_ms: z.number().int().nonnegative().meta({ description: "Milliseconds since the Unix epoch." }),
  })
  .meta({ id: "ServerTime" });
export type ServerTimeView = z.output<typeof serverTime>;

/** The sources of an answer to a read. */
export const READ_SOURCES = ["engine", "mirror"] as const;

const provenance = {
  source: z.enum(READ_SOURCES).meta({
    description: "`engine`: the instrument itself. `mirror`: its copy, which lags slightly behind.",
  }),
  age_ms: z
    .number()
    .int()
    .nonnegative()
    .meta({ description: "Time since the answer was last known to be current; 0 for `engine`." }),
};

/** The provenance of answers from the engine. */
export const FROM_ENGINE = { source: "engine", age_ms: 0 } as const;

const bookState = z.strictObject({ ...position, sequence: sequenceField, ...bookSides });
/** The book without its provenance. */
export type OrderBookView = z.output<typeof bookState>;

/** The answer of `GET /public/orderbook`. */
export const orderBook = bookState.extend(provenance).meta({ id: "OrderBook" });
export type OrderBookAnswer = z.output<typeof orderBook>;

/** The answer of `GET /public/trades`. */
export const tradeList = z
  .strictObject({
    instrument: instrumentField,
    epoch: epochField,
    sequence: sequenceField.meta({
      description: "Sequence of the instrument's last event at the time of the read.",
    }),
    trades: z.array(trade).meta({ description: "Newest first." }),
    as_of_sequence: asOfSequenceField.optional(),
    ...provenance,
  })
  .meta({ id: "TradeList" });
export type TradeListAnswer = z.output<typeof tradeList>;

/** The answer of `GET /orders/{order_id}/trades`. */
export const orderTrades = z
  .strictObject({
    order_id: orderIdField,
    instrument: instrumentField,
    epoch: epochField,
    sequence: sequenceField.meta({
      description: "Sequence of the instrument's last event at the time of the read.",
    }),
    trades: z.array(trade).meta({ description: "Newest first." }),
    as_of_sequence: asOfSequenceField.optional(),
  })
  .meta({ id: "OrderTrades" });
export type OrderTradesView = z.output<typeof orderTrades>;

export const instrumentList = z
  .strictObject({
    instruments: z.array(
      z
        .strictObject({
          instrument: instrumentField,
          base_asset: z.string(),
          quote_asset: z.string(),
          tick_size: decimalOutput.meta({ examples: ["0.01"] }),
          lot_size: decimalOutput.meta({ examples: ["0.00000001"] }),
          minimum_price: decimalOutput.meta({ examples: ["0.01"] }),
          maximum_price: decimalOutput.meta({ examples: ["10000000.00"] }),
          minimum_quantity: decimalOutput.meta({ examples: ["0.00000001"] }),
          maximum_quantity: decimalOutput.meta({ examples: ["10000.00000000"] }),
          session_end: z.string().meta({ description: "When `day` orders end, in UTC." }),
          ...optionalRules,
          maximum_keys_per_client: z.number().int().meta({
            description: "The most idempotency keys and client order ids that a client may use in 24 hours.",
          }),
        })
        .meta({ id: "Instrument" }),
    ),
  })
  .meta({ id: "InstrumentList" });

/** The trading status of an instrument, and the expected result of its auction. */
export const tradingStatusFields = {
  trading_status: tradingStatusField,
  until: timeField.nullable().meta({ description: "When a halt or an auction ends by itself." }),
  indicative: z
    .strictObject({
      price: decimalOutput,
      quantity: quantityOutput,
      imbalance: z.string().meta({ description: "Buy quantity minus sell quantity at the price, signed." }),
    })
    .nullable()
    .meta({ description: "In an auction: its result if it ended now; null if nothing would trade." }),
};

/** The answer of `GET /public/status`. */
export const instrumentStatus = z
  .strictObject({
    instrument: instrumentField,
    epoch: epochField,
    sequence: sequenceField,
    ...tradingStatusFields,
  })
  .meta({ id: "InstrumentStatus" });
export type InstrumentStatusView = z.output<typeof instrumentStatus>;

/** A change of one order, as the plain stream publishes it to everybody. */
const orderUpdate = z
  .strictObject({
    order_id: orderIdField,
    side: sideField,
    type: orderTypeField,
    price: decimalOutput.nullable(),
    status: orderStatusField,
    remaining_quantity: quantityOutput,
    sequence: sequenceField,
  })
  .meta({ id: "OrderUpdate" });
export type OrderUpdateView = z.output<typeof orderUpdate>;

export const checksumField = z.number().int().min(0).max(0xffffffff).meta({
  description:
    "CRC-32 of the ten best levels of each side after this message. docs/FEED.md defines its input.",
});

/** The first message of a stream: the whole book, aggregated by price. */
export const snapshotMessage = z
  .strictObject({
    type: z.literal("snapshot"),
    ...position,
    seq: sequenceField,
    ...partFields,
    ...bookSides,
    checksum: checksumField,
  })
  .meta({ id: "SnapshotMessage" });

/**
 * One flush: everything that changed between `prev_seq` and `seq`. A level's new quantity replaces its old
 * one. Quantity zero removes the level.
 */
export const updateMessage = z
  .strictObject({
    type: z.literal("update"),
    ...position,
    time: timeField,
    seq: sequenceField,
    prev_seq: sequenceField.meta({ description: "Equals `seq` of the previous message." }),
    ...partFields,
    trades: z.array(trade),
    orders: z.array(orderUpdate),
    ...bookSides,
    checksum: checksumField,
  })
  .meta({ id: "UpdateMessage" });

/** Rejects a message of the client that the venue cannot read. */
export const errorMessage = z
  .strictObject({
    type: z.literal("error"),
    code: z.string().meta({ description: "`malformed_message`, or a code of a problem." }),
    detail: z.string(),
  })
  .meta({ id: "ErrorMessage" });

export type SnapshotMessage = z.output<typeof snapshotMessage>;
export type UpdateMessage = z.output<typeof updateMessage>;

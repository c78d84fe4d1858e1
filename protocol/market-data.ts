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
    trade_id: z.number().int().positive().meta({ description: "The instrument's own running number." }),
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
    orders: z.number().int().nonnegative().meta({ description: "How many orders rest at the price." }),
  })
  .meta({ id: "Level" });
export type LevelView = z.output<typeof level>;

export const bookSides = {
  bids: z.array(level).meta({ description: "Best, that is highest, first." }),
  asks: z.array(level).meta({ description: "Best, that is lowest, first." }),
};

export const epochField = z
  .number()
  .int()
  .positive()
  .meta({ description: "Changes when the sequence restarts." });

const position = {
  instrument: instrumentField,
  epoch: epochField,
  time: timeField.nullable().meta({ description: "When the book last changed; null before it first did." }),
};

/** The answer of `GET /public/time`. */
export const serverTime = z
  .strictObject({
    time: timeField,
    time_ms: z.number().int().nonnegative().meta({ description: "Milliseconds since the Unix epoch." }),
  })
  .meta({ id: "ServerTime" });
export type ServerTimeView = z.output<typeof serverTime>;

/** Where an answer to a read comes from. */
export const READ_SOURCES = ["engine", "mirror"] as const;

const provenance = {
  source: z
    .enum(READ_SOURCES)
    .meta({ description: "The engine itself, or its mirror, which lags a little." }),
  age_ms: z
    .number()
    .int()
    .nonnegative()
    .meta({ description: "How long ago this was the newest state there was; 0 from the engine." }),
};

/** The provenance of what the engine itself answers. */
export const FROM_ENGINE = { source: "engine", age_ms: 0 } as const;

const bookState = z.strictObject({ ...position, sequence: sequenceField, ...bookSides });
/** The book without where it was read. */
export type OrderBookView = z.output<typeof bookState>;

/** The answer of `GET /public/orderbook`. */
export const orderBook = bookState.extend(provenance).meta({ id: "OrderBook" });
export type OrderBookAnswer = z.output<typeof orderBook>;

/** The answer of `GET /public/trades`. */
export const tradeList = z
  .strictObject({
    instrument: instrumentField,
    epoch: epochField,
    sequence: sequenceField.meta({ description: "Of the instrument's last event when this was read." }),
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
    sequence: sequenceField.meta({ description: "Of the instrument's last event when this was read." }),
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
          session_end: z.string().meta({ description: "When `day` orders end, UTC." }),
          ...optionalRules,
          maximum_keys_per_client: z.number().int().meta({
            description: "Idempotency keys and client order ids of a client in 24 hours.",
          }),
        })
        .meta({ id: "Instrument" }),
    ),
  })
  .meta({ id: "InstrumentList" });

/** What an instrument takes, and what its auction would come to. */
export const tradingStatusFields = {
  trading_status: tradingStatusField,
  until: timeField.nullable().meta({ description: "When a halt or an auction ends by itself." }),
  indicative: z
    .strictObject({
      price: decimalOutput,
      quantity: quantityOutput,
      imbalance: z.string().meta({ description: "Buys minus sells that are willing at the price, signed." }),
    })
    .nullable()
    .meta({ description: "In an auction: what it would come to now; null where nothing would trade." }),
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

/** A change of one order, as the stream tells it to everybody. */
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
  description: "CRC-32 of the ten best levels of each side after this message; docs/FEED.md says of what.",
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
 * One flush: everything that changed between `prev_seq` and `seq`. A level's new quantity replaces
 * its old one; zero takes the level away.
 */
export const updateMessage = z
  .strictObject({
    type: z.literal("update"),
    ...position,
    time: timeField,
    seq: sequenceField,
    prev_seq: sequenceField.meta({ description: "Equals `seq` of the message before." }),
    ...partFields,
    trades: z.array(trade),
    orders: z.array(orderUpdate),
    ...bookSides,
    checksum: checksumField,
  })
  .meta({ id: "UpdateMessage" });

/** What a client is told about a message of its own that we cannot read. */
export const errorMessage = z
  .strictObject({
    type: z.literal("error"),
    code: z.string().meta({ description: "`malformed_message`, or one of a problem's." }),
    detail: z.string(),
  })
  .meta({ id: "ErrorMessage" });

export type SnapshotMessage = z.output<typeof snapshotMessage>;
export type UpdateMessage = z.output<typeof updateMessage>;

import * as z from "zod";
import {
  asOfSequenceField,
  decimalOutput,
  instrumentField,
  orderIdField,
  orderStatusField,
  orderTypeField,
  sequenceField,
  sideField,
  timeField,
} from "./fields.ts";

export const trade = z
  .strictObject({
    trade_id: z.number().int().positive().meta({ description: "The instrument's own running number." }),
    instrument: instrumentField,
    price: decimalOutput,
    quantity: decimalOutput,
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
    quantity: decimalOutput,
    orders: z.number().int().nonnegative().meta({ description: "How many orders rest at the price." }),
  })
  .meta({ id: "Level" });
export type LevelView = z.output<typeof level>;

const bookSides = {
  bids: z.array(level).meta({ description: "Best, that is highest, first." }),
  asks: z.array(level).meta({ description: "Best, that is lowest, first." }),
};

const position = {
  instrument: instrumentField,
  epoch: z.number().int().positive().meta({ description: "Changes when the sequence restarts." }),
  time: timeField,
};

/** The answer of `GET /public/orderbook`. */
export const orderBook = z
  .strictObject({ ...position, sequence: sequenceField, ...bookSides })
  .meta({ id: "OrderBook" });
export type OrderBookView = z.output<typeof orderBook>;

/** The answer of `GET /public/trades`. */
export const tradeList = z
  .strictObject({
    instrument: instrumentField,
    trades: z.array(trade).meta({ description: "Newest first." }),
    as_of_sequence: asOfSequenceField.optional(),
  })
  .meta({ id: "TradeList" });
export type TradeListView = z.output<typeof tradeList>;

export const instrumentList = z
  .strictObject({
    instruments: z.array(
      z
        .strictObject({
          instrument: instrumentField,
          base_asset: z.string(),
          quote_asset: z.string(),
          tick_size: decimalOutput,
          lot_size: decimalOutput,
          minimum_price: decimalOutput,
          maximum_price: decimalOutput,
          minimum_quantity: decimalOutput,
          maximum_quantity: decimalOutput,
        })
        .meta({ id: "Instrument" }),
    ),
  })
  .meta({ id: "InstrumentList" });

/** A change of one order, as the stream tells it to everybody. */
const orderUpdate = z
  .strictObject({
    order_id: orderIdField,
    side: sideField,
    type: orderTypeField,
    price: decimalOutput.nullable(),
    status: orderStatusField,
    remaining_quantity: decimalOutput,
    sequence: sequenceField,
  })
  .meta({ id: "OrderUpdate" });
export type OrderUpdateView = z.output<typeof orderUpdate>;

/** The first message of a stream: the whole book, aggregated by price. */
export const snapshotMessage = z
  .strictObject({ type: z.literal("snapshot"), ...position, seq: sequenceField, ...bookSides })
  .meta({ id: "SnapshotMessage" });

/**
 * One flush: everything that changed between `prev_seq` and `seq`. A level's new quantity replaces
 * its old one; zero takes the level away.
 */
export const updateMessage = z
  .strictObject({
    type: z.literal("update"),
    ...position,
    seq: sequenceField,
    prev_seq: sequenceField.meta({ description: "Equals `seq` of the message before." }),
    trades: z.array(trade),
    orders: z.array(orderUpdate),
    ...bookSides,
  })
  .meta({ id: "UpdateMessage" });

/** What a client is told about a message of its own that we cannot read. */
export const errorMessage = z
  .strictObject({ type: z.literal("error"), code: z.string(), detail: z.string() })
  .meta({ id: "ErrorMessage" });

export type SnapshotMessage = z.output<typeof snapshotMessage>;
export type UpdateMessage = z.output<typeof updateMessage>;
export type ErrorMessage = z.output<typeof errorMessage>;

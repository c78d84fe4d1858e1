import * as z from "zod";
import { CANDLE_INTERVALS } from "./candle-interval.ts";
import {
  asOfSequenceField,
  clientIdField,
  decimalOutput,
  instrumentField,
  notionalOutput,
  quantityOutput,
  timeField,
} from "./fields.ts";

const signedDecimal = z.string().regex(/^-?\d+(\.\d+)?$/);
const count = z.number().int().nonnegative();

export const candle = z
  .strictObject({
    start: timeField.meta({ description: "The first moment of the interval, counted from the Unix epoch." }),
    open: decimalOutput,
    high: decimalOutput,
    low: decimalOutput,
    close: decimalOutput,
    volume: quantityOutput.meta({ description: "Traded quantity." }),
    notional: notionalOutput.meta({ description: "Sum of price × quantity." }),
    trades: count,
  })
  .meta({ id: "Candle" });
export type CandleView = z.output<typeof candle>;

/** The answer of `GET /public/candles`. */
export const candleList = z
  .strictObject({
    instrument: instrumentField,
    interval: z.enum(CANDLE_INTERVALS),
    candles: z
      .array(candle)
      .meta({ description: "Oldest first. An interval without a trade has no candle." }),
    as_of_sequence: asOfSequenceField.optional(),
  })
  .meta({ id: "CandleList" });

const best = z
  .strictObject({ price: decimalOutput, quantity: quantityOutput })
  .nullable()
  .meta({ description: "The best level of the side; null if the side is empty." });
const price = decimalOutput.nullable();

/** Windows end now and begin at a whole minute; docs/ANALYTICS.md has the formulas. */
export const tickerFields = {
  bid: best,
  ask: best,
  last: price.meta({ description: "Price of the last trade; null before the first." }),
  from: timeField.meta({ description: "Start of the 24-hour window of the fields below, to the minute." }),
  open: price.meta({ description: "Price of the first trade in the window; null if there is none." }),
  high: price,
  low: price,
  close: price,
  change: signedDecimal.nullable().meta({ description: "`close` − `open`." }),
  volume: quantityOutput,
  notional: notionalOutput,
  vwap: price.meta({ description: "`notional` ÷ `volume`." }),
  trades: count,
};

/** The answer of `GET /public/ticker`. */
export const ticker = z
  .strictObject({ instrument: instrumentField, time: timeField, ...tickerFields })
  .meta({ id: "Ticker" });
export type TickerView = z.output<typeof ticker>;

/** The answer of `GET /public/tickers`. */
export const tickerList = z
  .strictObject({
    tickers: z.array(ticker).meta({ description: "One per instrument, in the order of the configuration." }),
  })
  .meta({ id: "TickerList" });

/** The answer of `GET /analytics/market`. */
export const marketStatistics = z
  .strictObject({
    instrument: instrumentField,
    from: timeField.meta({ description: "Start of the first minute." }),
    to: timeField.meta({ description: "Now." }),
    trades: count,
    volume: quantityOutput,
    notional: notionalOutput,
    vwap: price.meta({ description: "Volume-weighted average price." }),
    twap: price.meta({ description: "Time-weighted average of the last trade's price." }),
    realized_volatility: signedDecimal.nullable().meta({
      description: "Square root of the sum of squared logarithmic returns from minute to minute.",
    }),
    realized_volatility_annualized: signedDecimal.nullable(),
    trade_imbalance: signedDecimal.nullable().meta({
      description: "(Volume taken by buyers − volume taken by sellers) ÷ volume, from −1 to 1.",
    }),
    buy_volume: quantityOutput.meta({
      description: "Volume of the trades in which the buyer was the taker.",
    }),
    sell_volume: quantityOutput,
    order_flow_imbalance: signedDecimal.meta({
      description:
        "Order flow imbalance: quantity added to the best bid minus quantity removed from it, minus the same difference at the best ask.",
    }),
    average_spread: price.meta({
      description: "Time-weighted, over the time in which both sides had a price.",
    }),
    average_spread_basis_points: signedDecimal
      .nullable()
      .meta({ description: "The average spread, in basis points of the average mid price." }),
    average_bid_depth: quantityOutput
      .nullable()
      .meta({ description: "Time-weighted average quantity of the ten best levels." }),
    average_ask_depth: quantityOutput.nullable(),
    quoted_share: signedDecimal
      .nullable()
      .meta({ description: "Share of the time in which both sides had a price." }),
    trade_sizes: z
      .array(z.strictObject({ from: quantityOutput, to: quantityOutput, trades: count }))
      .meta({ description: "Number of trades whose quantity is at least `from` and below `to`." }),
  })
  .meta({ id: "MarketStatistics" });
export type MarketStatisticsView = z.output<typeof marketStatistics>;

const role = z.strictObject({ trades: count, volume: quantityOutput, notional: notionalOutput });

/** The answer of `GET /analytics/clients/{client_id}`. */
export const clientStatistics = z
  .strictObject({
    instrument: instrumentField,
    client_id: clientIdField,
    maker: role.meta({ description: "Trades in which the client's order was resting." }),
    taker: role,
    bought: role,
    sold: role,
    average_buy_price: price,
    average_sell_price: price,
    net_quantity: signedDecimal.meta({ description: "Bought − sold." }),
  })
  .meta({ id: "ClientStatistics" });
export type ClientStatisticsView = z.output<typeof clientStatistics>;

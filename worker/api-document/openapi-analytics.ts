import type { ZodOpenApiPathsObject } from "zod-openapi";
import {
  candleList,
  clientStatistics,
  marketStatistics,
  ticker,
  tickerList,
} from "../../protocol/analytics.ts";
import { candlesQuery, clientPath, marketQuery, statusQuery } from "../http/query.ts";
import { errors, json, page } from "./openapi-answers.ts";

const READ_ERRORS = [
  "invalid_value",
  "unknown_field",
  "instrument_unknown",
  "overloaded",
  "outcome_unknown",
] as const;

/** The API's document of market statistics. */
export const analyticsPaths: ZodOpenApiPathsObject = {
  "/public/ticker": {
    get: {
      operationId: "getTicker",
      tags: ["Analytics"],
      summary: "The best prices and the last 24 hours",
      requestParams: { query: statusQuery },
      responses: { "200": json("The ticker.", ticker), ...errors([...READ_ERRORS]) },
    },
  },
  "/public/tickers": {
    get: {
      operationId: "listTickers",
      tags: ["Analytics"],
      summary: "The tickers of all instruments",
      responses: {
        "200": json("The tickers.", tickerList),
        ...errors(["unknown_field", "overloaded", "outcome_unknown"]),
      },
    },
  },
  "/public/candles": {
    get: {
      operationId: "getCandles",
      tags: ["Analytics"],
      summary: "Candles, oldest first",
      requestParams: { query: candlesQuery },
      responses: {
        "200": page(
          "The candles; `as_of_sequence` if some are from history.",
          candleList,
          "send it as `to`, without `from`. The next page is earlier in time",
        ),
        ...errors(["missing_field", ...READ_ERRORS, "history_unavailable"]),
      },
    },
  },
  "/analytics/market": {
    get: {
      operationId: "getMarketStatistics",
      tags: ["Analytics"],
      summary: "Averages, volatility, order flow, spread and depth of the last minutes",
      requestParams: { query: marketQuery },
      responses: { "200": json("The statistics.", marketStatistics), ...errors([...READ_ERRORS]) },
    },
  },
  "/analytics/clients/{client_id}": {
    get: {
      operationId: "getClientStatistics",
      tags: ["Analytics"],
      summary: "The trading statistics of a client",
      requestParams: { path: clientPath, query: statusQuery },
      responses: { "200": json("The statistics.", clientStatistics), ...errors([...READ_ERRORS]) },
    },
  },
};

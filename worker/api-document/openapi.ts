import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { connectionQuery } from "../../durable-objects/calls/connection.ts";
import { health } from "../../protocol/health.ts";
import {
  errorMessage,
  instrumentList,
  instrumentStatus,
  orderBook,
  serverTime,
  snapshotMessage,
  tradeList,
  updateMessage,
} from "../../protocol/market-data.ts";
import { readOrder } from "../../protocol/order-entry.ts";
import { API_VERSION } from "../../protocol/version.ts";
import { orderBookQuery, orderPath, statusQuery, tradesQuery } from "../http/query.ts";
import { adminPaths } from "./openapi-admin.ts";
import { analyticsPaths } from "./openapi-analytics.ts";
import { AS_BEFORE, errors, json, page, text } from "./openapi-answers.ts";
import { orderPaths } from "./openapi-orders.ts";

const paths: ZodOpenApiPathsObject = {
  "/public/instruments": {
    get: {
      operationId: "listInstruments",
      tags: ["Market data"],
      summary: "The instruments and their rules",
      responses: {
        "200": json("The instruments; the first is the default.", instrumentList),
        ...errors(["unknown_field"]),
      },
    },
  },
  "/public/time": {
    get: {
      operationId: "getTime",
      tags: ["Market data"],
      summary: "The venue's clock",
      responses: { "200": json("Now.", serverTime), ...errors(["unknown_field"]) },
    },
  },
  "/public/orderbook": {
    get: {
      operationId: "getOrderBook",
      tags: ["Market data"],
      summary: "The order book, aggregated by price",
      requestParams: { query: orderBookQuery },
      responses: {
        "200": json("The best levels of both sides.", orderBook),
        ...errors(["invalid_value", "unknown_field", "instrument_unknown", "overloaded", "outcome_unknown"]),
      },
    },
  },
  "/public/trades": {
    get: {
      operationId: "listTrades",
      tags: ["Market data"],
      summary: "The newest trades, or the trades before a given one",
      requestParams: { query: tradesQuery },
      responses: {
        "200": page("Newest first; `as_of_sequence` if some are from history.", tradeList, AS_BEFORE),
        ...errors([
          "invalid_value",
          "unknown_field",
          "instrument_unknown",
          "overloaded",
          "history_unavailable",
          "outcome_unknown",
        ]),
      },
    },
  },
  "/public/status": {
    get: {
      operationId: "getStatus",
      tags: ["Market data"],
      summary: "The trading status of an instrument, and the expected result of its auction",
      requestParams: { query: statusQuery },
      responses: {
        "200": json("The status.", instrumentStatus),
        ...errors(["invalid_value", "unknown_field", "instrument_unknown", "overloaded", "outcome_unknown"]),
      },
    },
  },
  "/public/orders/{order_id}": {
    get: {
      operationId: "getOrder",
      tags: ["Market data"],
      summary: "One order, without its owner",
      requestParams: { path: orderPath },
      responses: {
        "200": json("The order; `as_of_sequence` if it is from history.", readOrder),
        ...errors([
          "unknown_field",
          "malformed_order_id",
          "overloaded",
          "history_unavailable",
          "order_not_found",
          "outcome_unknown",
        ]),
      },
    },
  },
  "/stream": {
    get: {
      operationId: "stream",
      tags: ["Market data"],
      summary: "Trades, orders and book updates, live (WebSocket)",
      description:
        "Without `channels`, the first message is a `SnapshotMessage`; an `UpdateMessage` per flush follows, chained by `prev_seq` and `seq`. With `channels`, `GET /asyncapi.json` describes the messages. The venue answers the text message `ping` with `pong`.",
      requestParams: { query: connectionQuery },
      responses: {
        "101": { description: "The WebSocket is open." },
        ...errors([
          "forbidden",
          "missing_field",
          "invalid_value",
          "unknown_field",
          "instrument_unknown",
          "websocket_required",
          "outcome_unknown",
        ]),
      },
    },
  },
  "/healthz": {
    get: {
      operationId: "health",
      tags: ["Operations"],
      summary: "The health of the venue",
      responses: {
        "200": json("No instrument is unavailable.", health),
        "503": json("An instrument is unavailable.", health),
        ...errors(["unknown_field"]),
      },
    },
  },
  "/metrics": {
    get: {
      operationId: "metrics",
      tags: ["Operations"],
      summary: "Metrics of every instrument",
      responses: {
        "200": text("Prometheus text format 0.0.4.", "text/plain"),
        ...errors(["unknown_field"]),
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "openapi",
      tags: ["Operations"],
      summary: "This document",
      responses: {
        "200": {
          description: "OpenAPI 3.1.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        ...errors(["unknown_field"]),
      },
    },
  },
  "/asyncapi.json": {
    get: {
      operationId: "asyncapi",
      tags: ["Operations"],
      summary: "The messages of the stream",
      responses: {
        "200": {
          description: "AsyncAPI 3.0.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        ...errors(["unknown_field"]),
      },
    },
  },
  "/docs": {
    get: {
      operationId: "docs",
      tags: ["Operations"],
      summary: "This document, to browse",
      responses: { "200": text("A page.", "text/html"), ...errors(["unknown_field"]) },
    },
  },
};

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/** Adds the errors that any operation may answer because of a request's origin; see `sourceProblem`. */
function withSourceErrors(all: ZodOpenApiPathsObject): ZodOpenApiPathsObject {
  const entries = Object.entries(all).map(([path, item]) => {
    const operations = METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const codes = errors(["misdirected_request", ...(method === "get" ? [] : (["forbidden"] as const))]);
      return [[method, { ...operation, responses: { ...codes, ...operation.responses } }] as const];
    });
    return [path, { ...item, ...Object.fromEntries(operations) }] as const;
  });
  return Object.fromEntries(entries);
}

let document: string | undefined;

/** The OpenAPI document as JSON, generated from the schemas that validate the requests. */
export function openApiText(): string {
  document ??= JSON.stringify(
    createDocument({
      openapi: "3.1.0",
      info: {
        title: "Edgebook",
        version: API_VERSION,
        description:
          "Order entry, market data and a live stream. After a timeout, or a 5xx other than `overloaded`, `frozen` and `storage_full`, the outcome of a request is unknown: it did not necessarily fail. Read the order, or repeat the request with the same `idempotency_key`.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      paths: withSourceErrors({ ...orderPaths, ...paths, ...analyticsPaths, ...adminPaths }),
      components: {
        securitySchemes: { operator: { type: "http", scheme: "bearer" } },
        schemas: {
          SnapshotMessage: snapshotMessage,
          UpdateMessage: updateMessage,
          ErrorMessage: errorMessage,
        },
      },
    }),
  );
  return document;
}

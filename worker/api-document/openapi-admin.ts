import type { ZodOpenApiPathsObject } from "zod-openapi";
import { operatorStatus, rebuildReport, statusChange, verificationReport } from "../../protocol/operation.ts";
import { TRADING_STATUS_EXAMPLES } from "../../protocol/request-examples.ts";
import { instrumentPath, rebuildQuery } from "../http/query.ts";
import { body, errors, json } from "./openapi-answers.ts";

const common = [
  ...(["unauthorized", "forbidden", "unknown_field", "instrument_unknown", "overloaded"] as const),
  "outcome_unknown",
] as const;
const security = [{ operator: [] }];
const requestParams = { path: instrumentPath };

/** The operators' part of the API's document; the routes are there where ADMIN_TOKEN is set. */
export const adminPaths: ZodOpenApiPathsObject = {
  "/admin/instruments/{instrument}/status": {
    get: {
      operationId: "adminStatus",
      summary: "Trading status, storage and outbox",
      security,
      requestParams,
      responses: { "200": json("The status.", operatorStatus), ...errors([...common]) },
    },
  },
  "/admin/instruments/{instrument}/freeze": {
    post: {
      operationId: "freeze",
      summary: "Take no new orders; cancels, reads and the stream go on",
      security,
      requestParams,
      responses: {
        "200": json("Frozen, also through restarts.", operatorStatus),
        ...errors([...common]),
      },
    },
  },
  "/admin/instruments/{instrument}/unfreeze": {
    post: {
      operationId: "unfreeze",
      summary: "Take new orders again",
      security,
      requestParams,
      responses: {
        "200": json("Trading.", operatorStatus),
        ...errors([...common, "operation_refused"]),
      },
    },
  },
  "/admin/instruments/{instrument}/trading-status": {
    post: {
      operationId: "setTradingStatus",
      summary: "Change what the instrument takes: halt it, open an auction, end one",
      description:
        "`halted` and `cancel_only` take cancels only, `post_only` also orders that do not take. In an `auction` orders collect without trading; what ends it uncrosses the book at one price.",
      security,
      requestParams,
      requestBody: body(statusChange, TRADING_STATUS_EXAMPLES),
      responses: {
        "200": json("Changed.", operatorStatus),
        ...errors([
          ...common,
          ...(["malformed_json", "missing_field", "wrong_type", "invalid_value"] as const),
          ...(["request_quarantined", "frozen"] as const),
        ]),
      },
    },
  },
  "/admin/instruments/{instrument}/release": {
    post: {
      operationId: "release",
      summary: "Take the requests again that are quarantined, each alone at first",
      security,
      requestParams,
      responses: { "200": json("None is refused any more.", operatorStatus), ...errors(common) },
    },
  },
  "/admin/instruments/{instrument}/rebuild": {
    post: {
      operationId: "rebuild",
      summary: "Rebuild an instrument whose storage was lost from Postgres, under a new epoch",
      description:
        "Answers when it is done; the status tells how far it is. The instrument is frozen afterwards. One that has its storage refuses, unless it is frozen and `discard_journal` is true.",
      security,
      requestParams: { ...requestParams, query: rebuildQuery },
      responses: {
        "200": json("What was rebuilt, and what is known to be lost.", rebuildReport),
        ...errors([...common, "invalid_value", "operation_refused"]),
      },
    },
  },
  "/admin/instruments/{instrument}/verify": {
    post: {
      operationId: "verify",
      summary: "Prove that journal, live book, orders and databases agree",
      security,
      requestParams,
      responses: {
        "200": json("What was compared, and the first difference if there is one.", verificationReport),
        ...errors([...common]),
      },
    },
  },
};

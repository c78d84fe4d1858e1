import type { ZodOpenApiPathsObject } from "zod-openapi";
import { operatorStatus, rebuildReport, statusChange, verificationReport } from "../../protocol/operation.ts";
import { TRADING_STATUS_EXAMPLES } from "../../protocol/request-examples.ts";
import { instrumentPath, rebuildQuery } from "../http/query.ts";
import { BODY_ERRORS, body, errors, json } from "./openapi-answers.ts";

const common = [
  "unauthorized",
  "forbidden",
  "unknown_field",
  "instrument_unknown",
  "overloaded",
  "outcome_unknown",
] as const;
const security = [{ operator: [] }];
const requestParams = { path: instrumentPath };

/** The operators' part of the API's document. The routes exist only if ADMIN_TOKEN is set. */
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
      summary: "Freeze an instrument: refuse new orders, but accept cancels and serve reads and the stream",
      security,
      requestParams,
      responses: {
        "200": json("The instrument is frozen, and stays frozen through restarts.", operatorStatus),
        ...errors([...common]),
      },
    },
  },
  "/admin/instruments/{instrument}/unfreeze": {
    post: {
      operationId: "unfreeze",
      summary: "Unfreeze an instrument: accept new orders again",
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
      summary: "Change the trading status: halt, open an auction, end an auction",
      description:
        "`halted` and `cancel_only` accept only cancels. `post_only` also accepts orders that do not take. In an `auction`, orders collect without trading; the change that ends it uncrosses the book at one price.",
      security,
      requestParams,
      requestBody: body(statusChange, TRADING_STATUS_EXAMPLES),
      responses: {
        "200": json("Changed.", operatorStatus),
        ...errors([...common, ...BODY_ERRORS, "request_quarantined", "frozen"]),
      },
    },
  },
  "/admin/instruments/{instrument}/release": {
    post: {
      operationId: "release",
      summary: "Release the quarantined requests. The first attempt at each has a flush of its own",
      security,
      requestParams,
      responses: { "200": json("No request is quarantined.", operatorStatus), ...errors(common) },
    },
  },
  "/admin/instruments/{instrument}/rebuild": {
    post: {
      operationId: "rebuild",
      summary: "Rebuild an instrument whose storage was lost from Postgres, under a new epoch",
      description:
        "The answer is sent when the rebuild is done; meanwhile the status shows its progress. Afterwards the instrument is frozen. An instrument that still has its storage refuses, unless it is frozen and `discard_journal` is true.",
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
      summary: "Verify that journal, live book, orders and databases agree",
      security,
      requestParams,
      responses: {
        "200": json("The comparisons, and the first difference if there is one.", verificationReport),
        ...errors([...common]),
      },
    },
  },
};

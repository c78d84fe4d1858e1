import * as z from "zod";
import { TRADING_STATUSES } from "../engine/vocabulary/trading-status.ts";
import { instrumentField, integerInput, sequenceField, timeField, tradingStatusField } from "./fields.ts";

const count = z.number().int().nonnegative();

const rebuildProgress = z.strictObject({ orders: count, orders_total: count, keys: count });
export type RebuildProgress = z.output<typeof rebuildProgress>;

/** A request that is refused because a flush of only this request failed. */
const quarantinedRequest = z.strictObject({
  hash: z.string().meta({ description: "SHA-256 of the request. The refusal names it." }),
  time: timeField.meta({ description: "When the flush failed." }),
  error: z.string(),
  request: z.string().meta({ description: "The beginning of the request, as the instrument received it." }),
});

/** The answer of most operator requests. */
export const operatorStatus = z
  .strictObject({
    instrument: instrumentField,
    trading_status: tradingStatusField,
    epoch: count,
    sequence: sequenceField,
    resting_orders: count,
    storage_bytes: count,
    frozen_reason: z.string().nullable().meta({
      description:
        "Why the instrument froze by itself, after repeated failures of flushes; null if it did not.",
    }),
    quarantined_count: count.meta({
      description: "Number of requests that are refused as `request_quarantined`.",
    }),
    quarantined: z.array(quarantinedRequest).meta({ description: "The newest of them, at most 20." }),
    rebuild: rebuildProgress
      .nullable()
      .meta({ description: "The rebuild in progress; null if there is none." }),
    sinks: z.array(
      z.strictObject({
        sink: z.string(),
        last_sequence: sequenceField,
        lag_events: z.number().int(),
        last_error: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "OperatorStatus" });
export type OperatorStatus = z.output<typeof operatorStatus>;

/** The body of an operator's change of the trading status. */
export const statusChange = z
  .strictObject({
    status: z.enum(TRADING_STATUSES),
    for_seconds: integerInput(1, 86_400).optional().meta({
      description:
        "Duration of a halt or an auction. An auction follows a halt, and trading follows an auction. Default: until the next change.",
    }),
  })
  .superRefine(({ status, for_seconds }, context) => {
    if (for_seconds === undefined || status === "halted" || status === "auction") return;
    const params = { code: "invalid_value" };
    const message = "is allowed only with a halt or an auction";
    context.addIssue({ code: "custom", path: ["for_seconds"], message, params });
  })
  .meta({ id: "StatusChange" });

/** The answer of a verification. */
export const verificationReport = z
  .strictObject({
    instrument: instrumentField,
    agrees: z.boolean(),
    sequence: sequenceField,
    difference: z.string().nullable().meta({ description: "The first difference found, as text." }),
    compared: z.array(z.string()).meta({ description: "The comparisons made, as text." }),
    not_compared: z
      .array(z.string())
      .meta({ description: "The comparisons that are not possible now, with the reason." }),
  })
  .meta({ id: "VerificationReport" });
export type VerificationReport = z.output<typeof verificationReport>;

/** The answer of a rebuild. */
export const rebuildReport = z
  .strictObject({
    instrument: instrumentField,
    epoch: count,
    sequence: sequenceField,
    open_orders: count,
    idempotency_keys: count,
    book_hash: z.string(),
    is_hash_compared: z
      .boolean()
      .meta({ description: "Whether Postgres has the hash of the book at this point. " }),
    shipped_epoch: count,
    shipped_sequence: sequenceField,
    last_sequence_known: sequenceField.meta({
      description: "The last sequence found in Postgres, the mirror or the discarded storage.",
    }),
    events_lost_at_least: count.meta({
      description:
        "Number of events known to have happened after the last one shipped. There may have been more.",
    }),
    orders_ahead: count.meta({
      description: "Number of orders whose shipped rows are newer than the last event shipped.",
    }),
    lots_without_trade: z.string().meta({
      description: "Filled lots whose trades were not shipped, counted on both sides.",
    }),
    rows_refused: count.meta({ description: "Number of unresolved rows in outbox_dead." }),
    elapsed_ms: count,
  })
  .meta({ id: "RebuildReport" });
export type RebuildReport = z.output<typeof rebuildReport>;

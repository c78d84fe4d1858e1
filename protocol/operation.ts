import * as z from "zod";
import { TRADING_STATUSES } from "../engine/vocabulary/trading-status.ts";
import { instrumentField, integerInput, sequenceField, timeField, tradingStatusField } from "./fields.ts";

const count = z.number().int().nonnegative();

const rebuildProgress = z.strictObject({ orders: count, orders_total: count, keys: count });
export type RebuildProgress = z.output<typeof rebuildProgress>;

/** A request at which a flush failed that held nothing else. */
const quarantinedRequest = z.strictObject({
  hash: z.string().meta({ description: "SHA-256 of the request; the refusal names it." }),
  time: timeField.meta({ description: "When it failed." }),
  error: z.string(),
  request: z.string().meta({ description: "The beginning of it, as the instrument got it." }),
});

/** The answer of most that an operator does. */
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
        "Why the instrument froze by itself: flushes failed again and again. Null where it did not.",
    }),
    quarantined_count: count.meta({ description: "Requests that are refused as `request_quarantined`." }),
    quarantined: z.array(quarantinedRequest).meta({ description: "The newest of them, at most 20." }),
    rebuild: rebuildProgress.nullable().meta({ description: "The rebuild that is under way." }),
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
        "How long a halt or an auction lasts: a halt is followed by an auction, that by trading. Until the next change where absent.",
    }),
  })
  .superRefine(({ status, for_seconds }, context) => {
    if (for_seconds === undefined || status === "halted" || status === "auction") return;
    const params = { code: "invalid_value" };
    const message = "goes with a halt or an auction only";
    context.addIssue({ code: "custom", path: ["for_seconds"], message, params });
  })
  .meta({ id: "StatusChange" });

/** The answer of a verification. */
export const verificationReport = z
  .strictObject({
    instrument: instrumentField,
    agrees: z.boolean(),
    sequence: sequenceField,
    difference: z.string().nullable().meta({ description: "The first difference, in words." }),
    compared: z.array(z.string()).meta({ description: "What was held against each other, in words." }),
    not_compared: z.array(z.string()).meta({ description: "What could not be compared now, and why." }),
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
      .meta({ description: "Whether Postgres had the book's hash at this point." }),
    shipped_epoch: count,
    shipped_sequence: sequenceField,
    last_sequence_known: sequenceField.meta({
      description: "The last sequence that Postgres, the mirror or the storage given up tell of.",
    }),
    events_lost_at_least: count.meta({
      description:
        "Events that are known to have happened after the last one shipped. There may have been more.",
    }),
    orders_ahead: count.meta({ description: "Orders whose rows were shipped in a state after that." }),
    lots_without_trade: z.string().meta({
      description: "Filled lots, both sides counted, whose trades were not shipped.",
    }),
    rows_refused: count.meta({ description: "Rows in outbox_dead that nobody has dealt with." }),
    elapsed_ms: count,
  })
  .meta({ id: "RebuildReport" });
export type RebuildReport = z.output<typeof rebuildReport>;

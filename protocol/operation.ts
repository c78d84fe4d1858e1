import * as z from "zod";
import { instrumentField, sequenceField } from "./fields.ts";

const count = z.number().int().nonnegative();

/** The answer of most that an operator does. */
export const operatorStatus = z
  .strictObject({
    instrument: instrumentField,
    trading_status: z.enum(["trading", "frozen"]),
    epoch: count,
    sequence: sequenceField,
    resting_orders: count,
    storage_bytes: count,
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

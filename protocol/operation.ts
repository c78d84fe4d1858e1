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

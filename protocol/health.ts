import * as z from "zod";
import { ERROR_CODES } from "./error-code.ts";
import {
  instrumentField,
  sequenceField,
  statusReasonField,
  timeField,
  tradingStatusField,
} from "./fields.ts";

const sinkHealth = z
  .strictObject({
    sink: z.string().meta({ description: "The destination that events are shipped to, such as `postgres`." }),
    last_sequence: sequenceField.meta({ description: "Sequence of the last event that the sink has." }),
    lag_events: z.number().int().nonnegative().meta({ description: "Number of events not shipped yet." }),
    lag_seconds: z.number().nonnegative().meta({ description: "Age of the oldest event not shipped yet." }),
    failures: z
      .number()
      .int()
      .nonnegative()
      .meta({ description: "Failed attempts since the instrument last started." }),
    last_error: z.string().nullable().meta({
      description: "The kind of error of the last attempt, such as `TimeoutError`; null if it succeeded.",
    }),
    dead_rows: z.number().int().nonnegative().meta({
      description: "Rows that the sink rejected permanently and that are unresolved, as of its last answer.",
    }),
  })
  .meta({ id: "SinkHealth" });

const instrumentHealth = z
  .strictObject({
    instrument: instrumentField,
    status: z.enum(["ok", "degraded", "unavailable"]),
    sequence: sequenceField.optional(),
    restore_seconds: z.number().nonnegative().optional().meta({
      description: "Duration of the last rebuild of the book at a start; absent if the book is not rebuilt.",
    }),
    outbox: z.array(sinkHealth).optional(),
    quarantined_requests: z.number().int().nonnegative().optional().meta({
      description: "Number of requests that are refused because a flush of only this request failed.",
    }),
    trading_status: tradingStatusField.optional(),
    trading_status_since: timeField.nullable().optional().meta({
      description: "When the status last changed; null if it never changed or the time is unknown.",
    }),
    trading_status_reason: statusReasonField.nullable().optional().meta({
      description:
        "The reason for the status. `operator`, `volatility`, `halt_ended`, `auction_ended`: as in the journal. `flush_failures`: flushes failed repeatedly, and the instrument waits for an operator to unfreeze it. `storage_lost`: the storage is lost, and an operator must rebuild the instrument. `other_venue`: the instrument is empty, and the rows in the database belong to another venue. `rebuilding`, `rebuilt`: a rebuild is running or done; it leaves the instrument frozen. `database_changed`: the storage is lost, and the current database has no rows of the instrument.",
    }),
    order_refusal: z
      .strictObject({ code: z.enum(ERROR_CODES), detail: z.string() })
      .nullable()
      .optional()
      .meta({
        description:
          "The refusal of every new order while the instrument is `unavailable`; null if the trading status decides.",
      }),
  })
  .meta({ id: "InstrumentHealth" });
export type InstrumentHealth = z.output<typeof instrumentHealth>;

/** The answer of `GET /healthz`. */
export const health = z
  .strictObject({
    status: z.enum(["ok", "degraded", "unavailable"]).meta({
      description:
        "The worst status of the instruments. `unavailable`: every order is refused. `degraded`: the last attempt to ship failed, rows were rejected, or requests are quarantined.",
    }),
    instruments: z.array(instrumentHealth),
  })
  .meta({ id: "Health" });
export type Health = z.output<typeof health>;

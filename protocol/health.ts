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
    sink: z.string().meta({ description: "Where events are shipped to, such as `postgres`." }),
    last_sequence: sequenceField.meta({ description: "Sequence of the last event that is there." }),
    lag_events: z.number().int().nonnegative().meta({ description: "Events that are not there yet." }),
    lag_seconds: z.number().nonnegative().meta({ description: "Age of the oldest of them." }),
    failures: z.number().int().nonnegative().meta({ description: "Since the instrument last started." }),
    last_error: z.string().nullable().meta({
      description:
        "The kind of failure of the last attempt, such as `TimeoutError`; null where it succeeded.",
    }),
    dead_rows: z.number().int().nonnegative().meta({
      description: "Rows that the sink refused for good and nobody has dealt with, as last heard from it.",
    }),
  })
  .meta({ id: "SinkHealth" });

const instrumentHealth = z
  .strictObject({
    instrument: instrumentField,
    status: z.enum(["ok", "degraded", "unavailable"]),
    sequence: sequenceField.optional(),
    restore_seconds: z.number().nonnegative().optional().meta({
      description: "How long the last start took to rebuild the book; absent where it is not rebuilt.",
    }),
    outbox: z.array(sinkHealth).optional(),
    quarantined_requests: z.number().int().nonnegative().optional().meta({
      description: "Requests that are refused because a flush that held nothing else failed at them.",
    }),
    trading_status: tradingStatusField.optional(),
    trading_status_since: timeField.nullable().optional().meta({
      description: "Since when; null where it has not changed yet, or that is not known.",
    }),
    trading_status_reason: statusReasonField.nullable().optional().meta({
      description:
        "Why. `operator`, `volatility`, `halt_ended`, `auction_ended`: as in the journal. `flush_failures`: flushes failed again and again, and nothing is done until an operator unfreezes the instrument. `storage_lost`: its storage is gone, and it must be rebuilt. `other_venue`: it has nothing, and the database has it of another venue. `rebuilding`, `rebuilt`: by a rebuild, which leaves it frozen. `database_changed`: it was lost, and the database that it has now knows nothing of it.",
    }),
    order_refusal: z
      .strictObject({ code: z.enum(ERROR_CODES), detail: z.string() })
      .nullable()
      .optional()
      .meta({
        description:
          "What every new order gets while the instrument is `unavailable`; null where orders are taken as its trading status says.",
      }),
  })
  .meta({ id: "InstrumentHealth" });
export type InstrumentHealth = z.output<typeof instrumentHealth>;

/** The answer of `GET /healthz`. */
export const health = z
  .strictObject({
    status: z.enum(["ok", "degraded", "unavailable"]).meta({
      description:
        "The worst of the instruments. `unavailable`: takes no order, whatever it is. `degraded`: the last attempt to ship failed, or rows were refused, or requests are quarantined.",
    }),
    instruments: z.array(instrumentHealth),
  })
  .meta({ id: "Health" });
export type Health = z.output<typeof health>;

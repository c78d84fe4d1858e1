import * as z from "zod";
import { instrumentField, timeField } from "./fields.ts";
import { briefOrder, order, placedOrder } from "./order-entry.ts";
import { problem } from "./problem.ts";

/** The answer to a pair: both orders. */
export const placedPair = z
  .strictObject({
    orders: z.tuple([order, order]).meta({ description: "The limit leg, then the stop leg." }),
  })
  .meta({ id: "PlacedPair" });
export type PlacedPairView = z.output<typeof placedPair>;

/** The most orders in the answer to a cancel-all. The rest are only counted. */
export const ANSWERED_CANCELS_MAX = 1000;

const cancelledOrders = z.strictObject({
  instrument: instrumentField,
  cancelled_count: z.number().int().nonnegative(),
  orders: z
    .array(order)
    .meta({ description: `The first cancelled orders, at most ${ANSWERED_CANCELS_MAX}.` }),
});
export type CancelledOrdersView = z.output<typeof cancelledOrders>;

/** The answer of `POST /orders/cancel-all`. */
export const cancelAllAnswer = z
  .strictObject({
    results: z
      .array(z.union([cancelledOrders, z.strictObject({ instrument: instrumentField, problem })]))
      .meta({ description: "One per instrument; a problem if the instrument did not execute the command." }),
  })
  .meta({ id: "CancelAllAnswer" });

export type CancelAllAnswerView = z.output<typeof cancelAllAnswer>;

const cancelTimer = z.strictObject({
  instrument: instrumentField,
  cancel_at: timeField
    .nullable()
    .meta({ description: "When the client's open orders are cancelled; null if they are not." }),
});

/** The answer of `POST /orders/cancel-after`. */
export const cancelAfterAnswer = z
  .strictObject({
    results: z
      .array(z.union([cancelTimer, z.strictObject({ instrument: instrumentField, problem })]))
      .meta({ description: "One per instrument." }),
  })
  .meta({ id: "CancelAfterAnswer" });
export type CancelAfterAnswerView = z.output<typeof cancelAfterAnswer>;

/** The answer of `POST /orders/batch`. */
export const batchAnswer = z
  .strictObject({
    instrument: instrumentField,
    results: z
      .array(
        z.strictObject({
          status: z
            .number()
            .int()
            .meta({ description: "The HTTP status that the entry would have as a request of its own." }),
          is_replay: z.literal(true).optional().meta({
            description: "Whether this is the stored answer of an earlier request with the same key.",
          }),
          body: z.union([placedOrder, order, briefOrder, problem]),
        }),
      )
      .meta({ description: "One per entry, in the order of the entries." }),
  })
  .meta({ id: "BatchAnswer" });
export type BatchAnswerView = z.output<typeof batchAnswer>;

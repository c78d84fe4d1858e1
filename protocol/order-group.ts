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

/** How many orders an answer to a cancel-all lists; the rest are counted. */
export const ANSWERED_CANCELS_MAX = 1000;

const cancelledOrders = z.strictObject({
  instrument: instrumentField,
  cancelled_count: z.number().int().nonnegative(),
  orders: z
    .array(order)
    .meta({ description: `What was cancelled, at most the first ${ANSWERED_CANCELS_MAX}.` }),
});
export type CancelledOrdersView = z.output<typeof cancelledOrders>;

/** The answer of `POST /orders/cancel-all`. */
export const cancelAllAnswer = z
  .strictObject({
    results: z
      .array(z.union([cancelledOrders, z.strictObject({ instrument: instrumentField, problem })]))
      .meta({ description: "One for each instrument; a problem where one did not take the command." }),
  })
  .meta({ id: "CancelAllAnswer" });

export type CancelAllAnswerView = z.output<typeof cancelAllAnswer>;

const cancelTimer = z.strictObject({
  instrument: instrumentField,
  cancel_at: timeField
    .nullable()
    .meta({ description: "When all open orders of the client end; null: not at all." }),
});

/** The answer of `POST /orders/cancel-after`. */
export const cancelAfterAnswer = z
  .strictObject({
    results: z
      .array(z.union([cancelTimer, z.strictObject({ instrument: instrumentField, problem })]))
      .meta({ description: "One for each instrument." }),
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
          status: z.number().int().meta({ description: "As the entry alone would have been answered." }),
          is_replay: z
            .literal(true)
            .optional()
            .meta({ description: "The stored answer of an earlier request with the same key." }),
          body: z.union([placedOrder, order, briefOrder, problem]),
        }),
      )
      .meta({ description: "One for each entry, in order." }),
  })
  .meta({ id: "BatchAnswer" });
export type BatchAnswerView = z.output<typeof batchAnswer>;

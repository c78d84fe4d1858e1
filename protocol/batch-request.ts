import * as z from "zod";
import { clientIdField, idempotencyKeyField, instrumentField, orderIdField } from "./fields.ts";
import { amendFields, orderWith } from "./order-request.ts";

/** The most entries that one batch may have. */
export const BATCH_ENTRIES_MAX = 1_000;

const ENTRY_COUNT_RULE = `must be 1 to ${BATCH_ENTRIES_MAX}`;

export const batchEntry = z.discriminatedUnion("action", [
  orderWith({
    action: z.literal("place"),
    idempotency_key: idempotencyKeyField.optional(),
    client_id: clientIdField.optional().meta({ description: "Default: the `client_id` of the batch." }),
  }),
  z.strictObject({ action: z.literal("cancel"), order_id: orderIdField }),
  z.strictObject({ action: z.literal("amend"), order_id: orderIdField, ...amendFields }),
]);

function batchOf<T extends z.ZodType>(entry: T) {
  return z.strictObject({
    instrument: instrumentField,
    client_id: clientIdField.optional().meta({ description: "The client of the entries that name none." }),
    idempotency_key: idempotencyKeyField
      .optional()
      .meta({ description: "Key of the whole batch. Requires `client_id`." }),
    atomic: z.boolean().optional().meta({ description: "If true, either all entries are applied or none." }),
    answers: z.enum(["full", "brief"]).optional().meta({
      description:
        "Default: `full`. With `brief`, an answer has only the fields that show the order's state.",
    }),
    entries: z.array(entry).min(1, ENTRY_COUNT_RULE).max(BATCH_ENTRIES_MAX, ENTRY_COUNT_RULE),
  });
}

/** The body of `POST /orders/batch`, as the API's document describes it. */
export const batchRequest = batchOf(batchEntry).meta({ id: "BatchRequest" });

/**
 * The body of `POST /orders/batch`, as it is parsed. Entries are parsed one by one: an invalid entry does not
 * invalidate the batch.
 */
export const batchBody = batchOf(z.unknown());
export type BatchBody = z.output<typeof batchBody>;

import * as z from "zod";
import type { Problem } from "./error-code.ts";
import { clientIdField, idempotencyKeyField, instrumentField, orderIdField } from "./fields.ts";
import { NumberLiteral } from "./json.ts";
import { amendFields, orderWith } from "./order-request.ts";
import { plainEntry } from "./plain-entry.ts";
import { problemOf } from "./validate.ts";

/** How many entries one batch may have. */
export const BATCH_ENTRIES_MAX = 1_000;

const ENTRY_COUNT_RULE = `must be 1 to ${BATCH_ENTRIES_MAX}`;

/** An entry of a batch. */
export const batchEntry = z.discriminatedUnion("action", [
  orderWith({
    action: z.literal("place"),
    idempotency_key: idempotencyKeyField.optional(),
    client_id: clientIdField.optional().meta({ description: "The batch's where absent." }),
  }),
  z.strictObject({ action: z.literal("cancel"), order_id: orderIdField }),
  z.strictObject({ action: z.literal("amend"), order_id: orderIdField, ...amendFields }),
]);
type BatchEntry = z.output<typeof batchEntry>;

/** An entry of a batch that cannot be read. */
export class UnreadEntry {
  readonly problem: Problem;
  constructor(problem: Problem) {
    this.problem = problem;
  }
}

/** What is wrong with an entry is no fault of the others. */
function readEntry(input: unknown): BatchEntry | UnreadEntry {
  const plain = plainEntry(input);
  if (plain !== undefined) return plain;
  // How a number is written is kept in an object, which an entry must not be taken for.
  const value = input instanceof NumberLiteral ? Number(input.source) : input;
  const { success, data, error } = batchEntry.safeParse(value);
  return success ? data : new UnreadEntry(problemOf(input, error.issues));
}

function batchOf<T extends z.ZodType>(entry: T) {
  return z.strictObject({
    instrument: instrumentField,
    client_id: clientIdField
      .optional()
      .meta({ description: "Who places the orders whose entry names nobody." }),
    idempotency_key: idempotencyKeyField
      .optional()
      .meta({ description: "For the whole batch; needs `client_id`." }),
    atomic: z.boolean().optional().meta({ description: "Whether all entries are applied or none." }),
    answers: z
      .enum(["full", "brief"])
      .optional()
      .meta({ description: "`full` where absent. `brief`: of each order only what tells how it stands." }),
    entries: z.array(entry).min(1, ENTRY_COUNT_RULE).max(BATCH_ENTRIES_MAX, ENTRY_COUNT_RULE),
  });
}

/** The body of `POST /orders/batch`, as it should be. */
export const batchRequest = batchOf(batchEntry).meta({ id: "BatchRequest" });

/** The same as it is read. */
export const batchBody = batchOf(z.unknown().transform(readEntry));
export type BatchBody = z.output<typeof batchBody>;

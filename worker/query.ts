import * as z from "zod";
import { instrumentField, orderIdField } from "../protocol/fields.ts";
import { firstProblem } from "./body.ts";
import { Refusal } from "./problem-response.ts";

/** A count in a query, `fallback` where it is absent. */
function count(max: number, fallback: number, description: string) {
  return z
    .string()
    .regex(/^[1-9]\d{0,5}$/, `must be an integer from 1 to ${max}`)
    .transform(Number)
    .refine((value) => value <= max, `must be an integer from 1 to ${max}`)
    .default(fallback)
    .meta({ description, override: { type: "integer", minimum: 1, maximum: max, default: fallback } });
}

const instrument = instrumentField.optional().meta({ description: "The first configured one where absent." });

export const orderBookQuery = z.object({
  instrument,
  levels: count(1000, 20, "How many price levels of each side."),
});
export const tradesQuery = z.object({ instrument, limit: count(1000, 50, "How many trades, newest first.") });
/** The path of what operators do, for the API's document. */
export const instrumentPath = z.object({ instrument: instrumentField });
export const streamQuery = z.object({ instrument });

/**
 * Validates a query; parameters that we do not know are left aside.
 * @throws Refusal naming the parameter and the rule.
 */
export function readQuery<T extends z.ZodType>(query: Record<string, string>, schema: T): z.output<T> {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  throw new Refusal(firstProblem(query, result.error.issues));
}

/** The path of one order, for the API's document; `Venue.objectOfOrder` reads the id itself. */
export const orderPath = z.object({ order_id: orderIdField.meta({ description: "The order's id." }) });

import * as z from "zod";
import { clientIdField, clientOrderIdField, instrumentField, orderIdField } from "../protocol/fields.ts";
import { READ_SOURCES } from "../protocol/market-data.ts";
import { parseOrderId } from "../protocol/order-id.ts";
import { validate } from "../protocol/validate.ts";

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

const source = z.enum(READ_SOURCES).optional().meta({
  description:
    "Where to read: `mirror` is answered by the engine all the same where the mirror is off, old or out of reach. What the deployment says where absent.",
});

export const orderBookQuery = z.object({
  instrument,
  levels: count(1000, 20, "How many price levels of each side."),
  source,
});
export const tradesQuery = z.object({
  instrument,
  limit: count(1000, 50, "How many trades, newest first."),
  before: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, "must be a trade_id")
    .transform(Number)
    .optional()
    .meta({
      description: "Only trades older than the one of this trade_id: the last of the page before.",
      override: { type: "integer", minimum: 1 },
    }),
  source,
});
export const ordersQuery = z.object({
  client_id: clientIdField,
  instrument,
  limit: count(1000, 50, "How many orders, newest first."),
  before: z
    .string()
    .refine((text) => parseOrderId(text) !== undefined, "must be an order_id")
    .optional()
    .meta({
      description: "Only orders older than the one of this order_id: the last of the page before.",
      override: { type: "string", format: "uuid" },
    }),
  status: z.enum(["open"]).optional().meta({
    description: "`open`: only what still works, from the instrument itself and not from history.",
  }),
});
export const byClientIdQuery = z.object({ client_id: clientIdField, instrument });
export const byClientIdPath = z.object({ client_order_id: clientOrderIdField });
export const statusQuery = z.object({ instrument });
/** The path of what operators do, for the API's document. */
export const instrumentPath = z.object({ instrument: instrumentField });
/** What a rebuild may give up. */
export const rebuildQuery = z.object({
  discard_journal: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .meta({
      description: "Rebuild although the instrument has its storage, and give up what was not shipped.",
      override: { type: "boolean", default: false },
    }),
});

/**
 * Validates a query; parameters that we do not know are left aside.
 * @throws Refusal naming the parameter and the rule.
 */
export function readQuery<T extends z.ZodType>(query: Record<string, string>, schema: T): z.output<T> {
  return validate(query, schema);
}

/** The path of one order, for the API's document; `Venue.objectOfOrder` reads the id itself. */
export const orderPath = z.object({ order_id: orderIdField.meta({ description: "The order's id." }) });

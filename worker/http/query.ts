import * as z from "zod";
import { CANDLE_INTERVALS } from "../../protocol/candle-interval.ts";
import { clientIdField, clientOrderIdField, instrumentField, orderIdField } from "../../protocol/fields.ts";
import { READ_SOURCES } from "../../protocol/market-data.ts";
import { parseOrderId } from "../../protocol/order-id.ts";
import { validateQuery } from "../../protocol/validate-query.ts";
import { isVenueId, NO_VENUE } from "../../protocol/venue-id.ts";

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

export const orderBookQuery = z.strictObject({
  instrument,
  levels: count(1000, 20, "How many price levels of each side."),
  source,
});
const tradesPage = {
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
};
export const tradesQuery = z.strictObject({ instrument, ...tradesPage, source });
export const orderTradesQuery = z.strictObject(tradesPage);
/** For what is of a client: it need not know which instrument an order is at. */
const instrumentOrAll = instrumentField.optional().meta({ description: "Default: all instruments." });

export const ordersQuery = z.strictObject({
  client_id: clientIdField,
  instrument: instrumentOrAll,
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
export const byClientIdQuery = z.strictObject({ client_id: clientIdField, instrument: instrumentOrAll });
export const byClientIdPath = z.strictObject({ client_order_id: clientOrderIdField });
export const statusQuery = z.strictObject({ instrument });
/** A time in a query; read as milliseconds since the Unix epoch. */
function time(description: string) {
  return z.iso
    .datetime({ offset: true, error: "must be a time such as 2030-01-31T12:00:00Z" })
    .transform((text) => Date.parse(text))
    .optional()
    .meta({ description, override: { type: "string", format: "date-time" } });
}
export const candlesQuery = z.strictObject({
  instrument,
  interval: z.enum(CANDLE_INTERVALS),
  from: time("The first candle is the one that this is in; 100 candles before `to` where absent."),
  to: time("Candles that begin before it; now where absent. At most 1,000 candles after `from`."),
});
export const marketQuery = z.strictObject({
  instrument,
  minutes: count(1440, 60, "How many minutes, the current one included."),
});
export const clientPath = z.strictObject({ client_id: clientIdField });
/** The path of what operators do, for the API's document. */
export const instrumentPath = z.strictObject({ instrument: instrumentField });
/** What a rebuild may give up. */
export const rebuildQuery = z.strictObject({
  discard_journal: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .meta({
      description: "Rebuild although the instrument has its storage, and give up what was not shipped.",
      override: { type: "boolean", default: false },
    }),
  adopt: z
    .string()
    .transform((text) => text.toLowerCase())
    .refine((text) => text === NO_VENUE || isVenueId(text), "must be a venue's id, or none")
    .optional()
    .meta({
      description:
        "The venue whose rows are taken over: its id, or `none` for rows that carry none. Without it only those of this venue are rebuilt from.",
      override: { type: "string", examples: ["3f0c1b7e-4a53-4d0a-9a51-6a1d1c1c0f2e"] },
    }),
});

/**
 * Reads the query of a request by what its route takes: each parameter is one of the schema's, given once.
 * @throws Refusal naming the parameter and the rule.
 */
export function readQuery<T extends z.ZodObject>(request: Request, schema: T): z.output<T> {
  return validateQuery(new URL(request.url).searchParams, schema);
}

const nothing = z.strictObject({});

/**
 * Reads the query of a request to a route that takes none.
 * @throws Refusal naming a parameter that is there all the same.
 */
export function expectNoQuery(request: Request): void {
  if (request.url.includes("?")) readQuery(request, nothing);
}

/** The path of one order, for the API's document; `Venue.objectOfOrder` reads the id itself. */
export const orderPath = z.strictObject({ order_id: orderIdField.meta({ description: "The order's id." }) });

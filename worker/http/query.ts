import * as z from "zod";
import { CANDLE_INTERVALS } from "../../protocol/candle-interval.ts";
import { clientIdField, clientOrderIdField, instrumentField, orderIdField } from "../../protocol/fields.ts";
import { READ_SOURCES } from "../../protocol/market-data.ts";
import { parseOrderId } from "../../protocol/order-id.ts";
import { validateQuery } from "../../protocol/validate-query.ts";
import { isVenueId, NO_VENUE } from "../../protocol/venue-id.ts";

/** A count in a query, or `fallback` if it is absent. */
function count(max: number, fallback: number, description: string) {
  return z
    .string()
    .regex(/^[1-9]\d{0,5}$/, `must be an integer from 1 to ${max}`)
    .transform(Number)
    .refine((value) => value <= max, `must be an integer from 1 to ${max}`)
    .default(fallback)
    .meta({ description, override: { type: "integer", minimum: 1, maximum: max, default: fallback } });
}

const instrument = instrumentField
  .optional()
  .meta({ description: "Default: the first configured instrument." });

const source = z.enum(READ_SOURCES).optional().meta({
  description:
    "The source of the answer. The engine answers a read of the `mirror` if the mirror is off, out of date or out of reach. Default: the setting of the deployment.",
});

export const orderBookQuery = z.strictObject({
  instrument,
  levels: count(1000, 20, "Number of price levels of each side."),
  source,
});
const tradesPage = {
  limit: count(1000, 50, "Number of trades, newest first."),
  before: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, "must be a trade_id")
    .transform(Number)
    .optional()
    .meta({
      description:
        "Returns only trades older than this trade_id, which is the last one of the previous page.",
      override: { type: "integer", minimum: 1 },
    }),
};
export const tradesQuery = z.strictObject({ instrument, ...tradesPage, source });
export const orderTradesQuery = z.strictObject(tradesPage);
/** A client need not know which instrument has its order. */
const instrumentOrAll = instrumentField.optional().meta({ description: "Default: all instruments." });

export const ordersQuery = z.strictObject({
  client_id: clientIdField,
  instrument: instrumentOrAll,
  limit: count(1000, 50, "Number of orders, newest first."),
  before: z
    .string()
    .refine((text) => parseOrderId(text) !== undefined, "must be an order_id")
    .optional()
    .meta({
      description:
        "Returns only orders older than this order_id, which is the last one of the previous page.",
      override: { type: "string", format: "uuid" },
    }),
  status: z.enum(["open"]).optional().meta({
    description: "`open`: only open orders, from the instrument itself and not from history.",
  }),
});
export const byClientIdQuery = z.strictObject({ client_id: clientIdField, instrument: instrumentOrAll });
export const byClientIdPath = z.strictObject({ client_order_id: clientOrderIdField });
export const statusQuery = z.strictObject({ instrument });
/** A time in a query, parsed to milliseconds since the Unix epoch. */
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
  from: time("The first candle is the one that contains this time. Default: 100 candles before `to`."),
  to: time("Candles must begin before this time, which is at most 1,000 candles after `from`. Default: now."),
});
export const marketQuery = z.strictObject({
  instrument,
  minutes: count(1440, 60, "Number of minutes, including the current one."),
});
export const clientPath = z.strictObject({ client_id: clientIdField });
/** The path parameter of operator requests, for the API's document. */
export const instrumentPath = z.strictObject({ instrument: instrumentField });
/** The query of a rebuild. It names the data that a rebuild may discard or take over. */
export const rebuildQuery = z.strictObject({
  discard_journal: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .meta({
      description:
        "Rebuild although the instrument still has its storage, and discard the events that were not shipped.",
      override: { type: "boolean", default: false },
    }),
  adopt: z
    .string()
    .transform((text) => text.toLowerCase())
    .refine((text) => text === NO_VENUE || isVenueId(text), "must be a venue's id, or none")
    .optional()
    .meta({
      description:
        "The id of the venue whose rows the rebuild takes over, or `none` for rows without an id. By default a rebuild reads only the rows of this venue.",
      override: { type: "string", examples: ["3f0c1b7e-4a53-4d0a-9a51-6a1d1c1c0f2e"] },
    }),
});

/**
 * Parses the query of a request. Each parameter must be in the schema and given once.
 * @throws Refusal with the parameter and the rule.
 */
export function readQuery<T extends z.ZodObject>(request: Request, schema: T): z.output<T> {
  return validateQuery(new URL(request.url).searchParams, schema);
}

const nothing = z.strictObject({});

/**
 * Checks that a request has no query, for routes that accept none.
 * @throws Refusal with the first parameter.
 */
export function expectNoQuery(request: Request): void {
  if (request.url.includes("?")) readQuery(request, nothing);
}

/** The path parameter of an order, for the API's document. `Venue.objectOfOrder` parses the id itself. */
export const orderPath = z.strictObject({ order_id: orderIdField.meta({ description: "The order's id." }) });

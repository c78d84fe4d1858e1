import * as z from "zod";
import { ORDER_TYPES, SELF_TRADE_MODES } from "../engine/vocabulary/terms.ts";
import { STATUS_REASONS, TRADING_STATUSES } from "../engine/vocabulary/trading-status.ts";
import { canonicalFromLiteral, canonicalFromString } from "./decimal.ts";
import { NumberLiteral } from "./json.ts";

/** The canonical text of a price or quantity in a request, or undefined if the value is not a decimal. */
export function readDecimal(value: unknown): string | undefined {
  if (typeof value === "string") return canonicalFromString(value);
  return value instanceof NumberLiteral ? canonicalFromLiteral(value.source) : undefined;
}

/**
 * A price or quantity in a request: a JSON number or a decimal string, read by its literal digits.
 * Parses to canonical decimal text.
 */
export const decimalInput = z
  .custom<string | NumberLiteral>((value) => typeof value === "string" || value instanceof NumberLiteral, {
    error: (issue) => (issue.input === undefined ? "is required" : "must be a number or a decimal string"),
  })
  // The metadata is here and not behind the transform: the API's document describes the input.
  .meta({
    description: "A decimal, as a JSON number or as a string. The venue reads its digits literally.",
    override: {
      oneOf: [{ type: "number" }, { type: "string", pattern: "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$" }],
    },
    examples: [50000.0, "50000.00"],
  })
  .transform((value, context) => {
    const text = readDecimal(value);
    if (text !== undefined) return text;
    context.addIssue({
      code: "custom",
      message: "must be a plain decimal of at most 40 digits, such as 50000.01",
      params: { code: "invalid_value" },
    });
    return z.NEVER;
  });

/** A decimal that is an amount of the base asset. */
export const quantityInput = decimalInput.meta({ examples: [0.5, "0.5"] });

/** A whole number in a request. */
export function integerInput(minimum: number, maximum: number) {
  const rule = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .custom<NumberLiteral>((value) => value instanceof NumberLiteral, {
      error: "must be a number",
      params: { code: "wrong_type" },
    })
    .meta({ override: { type: "integer", minimum, maximum } })
    .transform(({ source }, context) => {
      const value = /^\d{1,16}$/.test(source) ? Number(source) : Number.NaN;
      if (value >= minimum && value <= maximum) return value;
      context.addIssue({ code: "custom", message: rule, params: { code: "invalid_value" } });
      return z.NEVER;
    });
}

/** Orders must end before this time: no platform's alarm reaches as far as a time can be written. */
const EXPIRY_END = "2100-01-01T00:00:00Z";

/** A time in a request; parses to milliseconds since the Unix epoch. */
export const expiryInput = z.iso
  .datetime({ offset: true, error: "must be a time such as 2030-01-31T12:00:00Z" })
  .refine((text) => !(Date.parse(text) >= Date.parse(EXPIRY_END)), `must be before ${EXPIRY_END}`)
  .meta({
    description: `With \`gtd\`: when the order ends, before ${EXPIRY_END}.`,
    examples: ["2030-01-31T12:00:00Z"],
  })
  .transform((text) => Date.parse(text));

/**
 * Names are visible ASCII, so that a name is the same in every log, header and query. "." and ".." are
 * excluded: in a path they name a folder.
 */
export const NAME_PATTERNS = {
  client_id: namePattern(64),
  idempotency_key: namePattern(128),
  client_order_id: namePattern(64),
  stp_group: namePattern(64),
  instrument: namePattern(32),
} as const;

function namePattern(lengthMax: number) {
  return { lengthMax, pattern: new RegExp(`^(?!\\.{1,2}$)[!-~]{1,${lengthMax}}$`) };
}

function name(field: keyof typeof NAME_PATTERNS, what: string) {
  const { lengthMax, pattern } = NAME_PATTERNS[field];
  return z
    .string()
    .regex(pattern, `must be 1 to ${lengthMax} visible ASCII characters, and not "." or ".."`)
    .meta({ description: what });
}

export const clientIdField = name("client_id", "The client that places the order.").meta({
  examples: ["client-A"],
});
export const idempotencyKeyField = name(
  "idempotency_key",
  "The client's own token for this order. A repeat within 24 hours gets the stored answer.",
).meta({ examples: ["a-unique-uuid-12345"] });
export const clientOrderIdField = name(
  "client_order_id",
  "The client's own name for the order. It must be unique among the client's open orders and its orders of the last 24 hours.",
).meta({ examples: ["ladder-7"] });
export const selfTradeGroupField = name(
  "stp_group",
  "The client's own name for a group of its orders. Groups of different clients are unrelated, even with the same name. Self-trade prevention applies to all orders of a client, whatever their groups.",
).meta({ examples: ["desk-3"] });
export const selfTradeField = z.enum(SELF_TRADE_MODES).meta({
  description:
    "What happens instead of a trade between two orders of the same client. The taker's mode applies. With `none`, the orders trade. Default: `expire_taker`.",
});
export const instrumentField = name("instrument", "One of `GET /public/instruments`.").meta({
  examples: ["BTC-USD"],
});
export const sideField = z.enum(["buy", "sell"]);

export const ORDER_STATUSES = ["waiting", "open", "partially_filled", "filled", "cancelled"] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
export const orderStatusField = z.enum(ORDER_STATUSES);
export const orderTypeField = z.enum(ORDER_TYPES);

/**
 * Whether an instrument takes orders: the market's own status, or `frozen`, or `lost` if its storage is lost.
 */
export const tradingStatusField = z.enum([...TRADING_STATUSES, "frozen", "lost"]);
export type TradingStatusName = z.output<typeof tradingStatusField>;

/** Why an instrument is available or not. The index of a reason is stored: do not reorder. */
export const AVAILABILITY_REASONS = [
  "operator",
  "flush_failures",
  "storage_lost",
  "other_venue",
  "rebuilding",
  "rebuilt",
  "database_changed",
] as const;
export type AvailabilityReason = (typeof AVAILABILITY_REASONS)[number];

export const statusReasonField = z.enum([...new Set([...STATUS_REASONS, ...AVAILABILITY_REASONS])]);

/** A decimal in an answer: always a string, with the instrument's fixed number of digits after the point. */
export const decimalOutput = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .meta({
    description: "A decimal string with a fixed number of digits after the point.",
    examples: ["50000.00"],
  });
/** Amounts of the base asset and of the quote asset. */
export const quantityOutput = decimalOutput.meta({ examples: ["0.50000000"] });
export const notionalOutput = decimalOutput.meta({ examples: ["25000.0000000000"] });
export const sequenceField = z
  .number()
  .int()
  .nonnegative()
  .meta({ description: "Counts the instrument's events, without gaps within an epoch." });
export const asOfSequenceField = sequenceField.meta({
  description:
    "The part of the answer that comes from history includes all events up to this sequence. Later events may be missing.",
});
export const timeField = z.iso.datetime({ precision: 3 }).meta({ description: "UTC, to the millisecond." });
export const orderIdField = z.uuid("must be a UUID").meta({
  description: "A version 8 UUID that encodes the time of acceptance, the instrument and the order's number.",
  examples: ["019c1f2a-7b3c-8001-8000-00000000002a"],
});

/** The fields of a message in parts. A message that is sent whole has neither. */
export const partFields = {
  part: z.number().int().positive().optional().meta({
    description: "The number of this part, from 1. Parts of a message follow each other directly.",
  }),
  parts: z.number().int().positive().optional().meta({
    description: "The number of parts. Concatenated, their lists are the lists of the message.",
  }),
};

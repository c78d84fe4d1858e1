import { NAME_PATTERNS, readDecimal } from "./fields.ts";

/** A batch entry that places a limit or market order and uses none of the rarer fields. */
type PlainEntry = PlainNames & { readonly action: "place"; readonly side: "buy" | "sell" } & (
    | { readonly type: "limit"; readonly price: string; readonly quantity: string }
    | { readonly type: "market"; readonly quantity: string }
  );

interface PlainNames {
  client_id?: string;
  idempotency_key?: string;
  client_order_id?: string;
}

const NAMES = ["client_id", "idempotency_key", "client_order_id"] as const;

/**
 * Parses a plain entry as its schema would. The schema takes ten times as long, because it checks every field
 * that an order could have. Returns undefined for every other entry, valid or not.
 */
export function plainEntry(input: unknown): PlainEntry | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const fields = input as Readonly<Record<string, unknown>>;
  const entry = plainOrder(fields);
  if (entry === undefined) return undefined;
  for (const name of NAMES) {
    const value = fields[name];
    if (value === undefined) continue;
    if (typeof value !== "string" || !NAME_PATTERNS[name].pattern.test(value)) return undefined;
    entry[name] = value;
  }
  return Object.keys(entry).length === Object.keys(fields).length ? entry : undefined;
}

function plainOrder(fields: Readonly<Record<string, unknown>>): PlainEntry | undefined {
  const { action, side, type } = fields;
  const quantity = readDecimal(fields.quantity);
  if (action !== "place" || (side !== "buy" && side !== "sell") || quantity === undefined) return undefined;
  if (type === "market") return { action, side, type, quantity };
  const price = readDecimal(fields.price);
  return type === "limit" && price !== undefined ? { action, side, type, price, quantity } : undefined;
}

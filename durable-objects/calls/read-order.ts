import { batchEntry } from "../../protocol/batch-request.ts";
import { NAME_PATTERNS, readDecimal } from "../../protocol/fields.ts";
import { NumberLiteral } from "../../protocol/json.ts";
import { placeOrderRequest } from "../../protocol/order-request.ts";
import { Refusal } from "../../protocol/refusal.ts";
import { problemOf, validate } from "../../protocol/validate.ts";
import type { BatchCall, PlaceCall } from "./call.ts";
import { amendCall, placeCall } from "./call-of-body.ts";

/** An order that is a request of its own, over HTTP or a socket. */
export interface LoneOrder {
  readonly instrument: string;
  readonly request: PlaceCall;
}

/**
 * Parses an order that is a request of its own.
 * @throws Refusal with the broken rule that takes precedence.
 */
export function readOrder(body: object): LoneOrder {
  const fields: Fields = body as Fields;
  const { instrument, client_id } = fields;
  const plain = isName("instrument", instrument) ? readPlain(fields, client_id, LONE_KEYS) : undefined;
  if (plain !== undefined) return { instrument: instrument as string, request: plain };
  const order = validate(body, placeOrderRequest);
  return { instrument: order.instrument, request: placeCall(order, order.client_id) };
}

type EntryRequest = BatchCall["entries"][number];

/**
 * Parses an entry of a batch. An invalid entry fails alone: the other entries are processed.
 * @param clientId the client of an order that names none.
 */
export function readEntry(input: unknown, clientId: string | undefined): EntryRequest {
  const plain = readPlainEntry(input, clientId);
  if (plain !== undefined) return plain;
  // A number is read as an object that keeps its digits. An entry that is a bare number must not pass for an
  // object.
  const value = input instanceof NumberLiteral ? Number(input.source) : input;
  const { success, data: entry, error } = batchEntry.safeParse(value);
  if (!success) return { kind: "unread", problem: problemOf(input, error.issues) };
  if (entry.action === "cancel") return { kind: "cancel", orderId: entry.order_id };
  if (entry.action === "amend") return readAmendment(entry);
  const owner = entry.client_id ?? clientId;
  if (owner !== undefined) return placeCall(entry, owner);
  return {
    kind: "unread",
    problem: { code: "missing_field", field: "client_id", detail: "client_id is required" },
  };
}

function readAmendment(entry: Parameters<typeof amendCall>[1] & { order_id: string }): EntryRequest {
  try {
    return amendCall(entry.order_id, entry);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: "unread", problem: error.problem };
  }
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The number of keys in such an order that `readPlain` does not check: the instrument and the client, or the
 * action.
 */
const LONE_KEYS = 2;
const ENTRY_KEYS = 1;

function readPlainEntry(input: unknown, clientId: string | undefined): PlaceCall | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const fields = input as Fields;
  if (fields.action !== "place") return undefined;
  const { client_id } = fields;
  return client_id === undefined
    ? readPlain(fields, clientId, ENTRY_KEYS)
    : readPlain(fields, client_id, ENTRY_KEYS + 1);
}

/**
 * Parses a limit or market order that uses none of the rarer fields, with the same result as the schema and
 * `placeCall`. They take ten times as long, because the schema checks every field that an order could
 * have. Returns undefined for every other order, valid or not.
 *
 * @param clientId the client that places it.
 * @param otherKeys the number of keys besides those of the order itself and its own names.
 */
function readPlain(fields: Fields, clientId: unknown, otherKeys: number): PlaceCall | undefined {
  const { side, type, idempotency_key = null, client_order_id = null } = fields;
  if ((side !== "buy" && side !== "sell") || (type !== "limit" && type !== "market")) return undefined;
  const hasKey = fields.idempotency_key !== undefined;
  const hasName = fields.client_order_id !== undefined;
  // The rarer fields are found first: what else the order says need not be read then.
  const keyCount = otherKeys + (type === "limit" ? 4 : 3) + (hasKey ? 1 : 0) + (hasName ? 1 : 0);
  if (Object.keys(fields).length !== keyCount) return undefined;
  const price = type === "limit" ? readDecimal(fields.price) : null;
  const quantity = readDecimal(fields.quantity);
  if (price === undefined || quantity === undefined || !isName("client_id", clientId)) return undefined;
  if (hasKey && !isName("idempotency_key", idempotency_key)) return undefined;
  if (hasName && !isName("client_order_id", client_order_id)) return undefined;
  return {
    kind: "place",
    clientId,
    side,
    type,
    idempotencyKey: idempotency_key as string | null,
    clientOrderId: client_order_id as string | null,
    price,
    quantity,
    terms: {},
  };
}

function isName(field: keyof typeof NAME_PATTERNS, value: unknown): value is string {
  return typeof value === "string" && NAME_PATTERNS[field].pattern.test(value);
}

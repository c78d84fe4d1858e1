import type { OrderType, SelfTradeMode, TimeInForce } from "../../engine/vocabulary/terms.ts";
import type { TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import type { Problem } from "../../protocol/error-code.ts";

/** A command on its way from the worker to the object: one string, the cheapest argument of an RPC. */
export type CallLine = string;

/** A placed order in transit. Decimals are canonical text; `price` is null for an order without a limit. */
export interface PlaceCall {
  readonly kind: "place";
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  readonly clientOrderId: string | null;
  readonly side: "buy" | "sell";
  readonly type: OrderType;
  readonly price: string | null;
  /** Null for an order by quote quantity. */
  readonly quantity: string | null;
  readonly terms: CallTerms;
}

/**
 * The fields of a request beyond a plain order, in this order. A field that is absent or states a default is
 * omitted.
 */
export interface CallTerms {
  readonly timeInForce?: TimeInForce;
  /** With `gtd`. The instrument sets the end of a `day` order. */
  readonly expiresAtMs?: number;
  readonly postOnly?: true;
  readonly displayQuantity?: string;
  /** Absent: `expire_taker`. */
  readonly selfTrade?: SelfTradeMode;
  readonly selfTradeGroup?: string;
  readonly quoteQuantity?: string;
  readonly stopPrice?: string;
  readonly trailAmount?: string;
  readonly trailBasisPoints?: number;
}

/** Two orders, each of which cancels the other. The terms apply to both. */
export interface OcoCall {
  readonly kind: "oco";
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  readonly clientOrderIds: readonly [limit: string | null, stop: string | null];
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly stopPrice: string;
  readonly stopLimitPrice: string | null;
  readonly quantity: string;
  readonly terms: Pick<CallTerms, "timeInForce" | "expiresAtMs" | "selfTrade" | "selfTradeGroup">;
}

export interface CancelCall {
  readonly kind: "cancel";
  readonly orderId: string;
}

export interface AmendCall {
  readonly kind: "amend";
  readonly orderId: string;
  readonly price?: string;
  readonly quantity?: string;
  readonly stopPrice?: string;
  /** The sequence of the last change of the order that the client knows. */
  readonly expectedVersion?: number;
}

export interface CancelAllCall {
  readonly kind: "cancel_all";
  readonly clientId: string;
  readonly side: "buy" | "sell" | null;
}

/** An entry of a batch that cannot be parsed. */
export interface UnreadCall {
  readonly kind: "unread";
  readonly problem: Problem;
}

/** Requests that are answered together. */
export interface BatchCall {
  readonly kind: "batch";
  readonly isAtomic: boolean;
  /** Whether the answer to an order has only its state. */
  readonly isBrief: boolean;
  /** Both or neither. */
  readonly clientId: string | null;
  readonly idempotencyKey: string | null;
  /** Identifies equal batches under one key. */
  readonly identity: string;
  readonly entries: readonly (PlaceCall | CancelCall | AmendCall | UnreadCall)[];
}

/** An operator's change of the trading status. */
export interface StatusCall {
  readonly kind: "status";
  readonly status: TradingStatus;
  /** The duration of a halt or an auction; null until the next change. */
  readonly forMs: number | null;
}

export type ObjectCall =
  | PlaceCall
  | OcoCall
  | CancelCall
  | AmendCall
  | CancelAllCall
  | BatchCall
  | UnreadCall
  | StatusCall;

export type SingleCall = Exclude<ObjectCall, BatchCall>;

/**
 * A placed order is by far the most frequent request, so its fields are written without names, also in a
 * batch.
 */
export function writeLine(request: ObjectCall): CallLine {
  return JSON.stringify(
    request.kind === "batch" ? { ...request, entries: request.entries.map(packed) } : packed(request),
  );
}

type PackedPlace = readonly unknown[];

function packed<R extends ObjectCall>(request: R): R | PackedPlace {
  if (request.kind !== "place") return request;
  const { clientId, idempotencyKey, side, type, price, quantity, clientOrderId, terms } = request;
  const fields = ["place", clientId, idempotencyKey, side, type, price, quantity];
  const isPlain = clientOrderId === null && Object.keys(terms).length === 0;
  return isPlain ? fields : [...fields, clientOrderId, terms];
}

export function readLine(line: CallLine): ObjectCall {
  const request = unpacked<ObjectCall>(JSON.parse(line));
  if (request.kind !== "batch") return request;
  return { ...request, entries: request.entries.map(unpacked<BatchCall["entries"][number]>) };
}

function unpacked<R extends ObjectCall>(sent: R | PackedPlace): R {
  if (!Array.isArray(sent)) return sent as R;
  const [kind, clientId, idempotencyKey, side, type, price, quantity, clientOrderId = null, terms = {}] =
    sent;
  return { kind, clientId, idempotencyKey, clientOrderId, side, type, price, quantity, terms } as R;
}

/** Identifies equal requests under one idempotency key. */
export function requestIdentity(request: PlaceCall): string {
  const { side, type, price, quantity, clientOrderId, terms } = request;
  const plain = `${side} ${type} ${price ?? "-"} ${quantity ?? "-"}`;
  const isPlain = clientOrderId === null && Object.keys(terms).length === 0;
  return isPlain ? plain : `${plain} ${JSON.stringify([clientOrderId, terms])}`;
}

/** Identifies equal pairs under one idempotency key. */
export function pairIdentity(request: OcoCall): string {
  const { side, price, stopPrice, stopLimitPrice, quantity, clientOrderIds, terms } = request;
  return `oco ${JSON.stringify([side, price, stopPrice, stopLimitPrice, quantity, clientOrderIds, terms])}`;
}

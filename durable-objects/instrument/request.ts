import type { PlaceCommand } from "../../engine/command.ts";
import type { OrderType, SelfTradeMode, TimeInForce } from "../../engine/terms.ts";
import {
  BUY,
  type ClientNumber,
  type PriceTicks,
  type QuantityLots,
  SELL,
  type TimeMs,
} from "../../engine/units.ts";
import { countSteps, type Step } from "../../protocol/decimal.ts";
import type { Problem } from "../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { PlaceOrderRequest } from "../../protocol/order-entry.ts";
import { PRICE_RULE, QUANTITY_RULE, rejection } from "../../protocol/rejection.ts";

/** A command on its way from the worker to the object: one string, the cheapest argument of an RPC. */
export type RequestLine = string;

/** A placed order as it travels: decimals are canonical text, `price` is null for an order without a limit. */
export interface PlaceRequest {
  readonly kind: "place";
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  readonly clientOrderId: string | null;
  readonly side: "buy" | "sell";
  readonly type: OrderType;
  readonly price: string | null;
  /** Null for an order by quote quantity. */
  readonly quantity: string | null;
  readonly terms: RequestTerms;
}

/**
 * What a request asks for beyond a plain order, in this order; what it does not ask for, or asks for as it
 * would be anyway, is absent.
 */
export interface RequestTerms {
  readonly timeInForce?: TimeInForce;
  /** With `gtd`; a `day` order's end is the instrument's. */
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

export interface CancelRequest {
  readonly kind: "cancel";
  readonly orderId: string;
}

export function placeLine(order: PlaceOrderRequest): RequestLine {
  const price = order.type === "limit" ? order.price : null;
  const key = order.idempotency_key ?? null;
  return JSON.stringify(["place", order.client_id, key, order.side, order.type, price, order.quantity]);
}

export function cancelLine(orderId: string): RequestLine {
  return JSON.stringify(["cancel", orderId]);
}

export function readLine(line: RequestLine): PlaceRequest | CancelRequest {
  const fields = JSON.parse(line);
  if (fields[0] === "cancel") return { kind: "cancel", orderId: fields[1] };
  const [kind, clientId, idempotencyKey, side, type, price, quantity, clientOrderId = null, terms = {}] =
    fields;
  return { kind, clientId, idempotencyKey, clientOrderId, side, type, price, quantity, terms };
}

/** What makes two requests under one idempotency key the same request. */
export function requestIdentity(request: PlaceRequest): string {
  const { side, type, price, quantity, clientOrderId, terms } = request;
  const plain = `${side} ${type} ${price ?? "-"} ${quantity ?? "-"}`;
  const special = clientOrderId === null && Object.keys(terms).length === 0 ? [] : [clientOrderId, terms];
  return special.length === 0 ? plain : `${plain} ${JSON.stringify(special)}`;
}

/** The command a request states in ticks and lots, or the first rule it breaks. */
export function toCommand(
  spec: InstrumentSpec,
  request: PlaceRequest,
  client: number,
  timeMs: number,
): PlaceCommand | Problem {
  const price = request.price === null ? undefined : count(request.price, spec.tick);
  if (typeof price === "string") return rejection(spec, PRICE_RULE[price]);
  const quantity = count(request.quantity ?? "0", spec.lot);
  if (typeof quantity === "string") return rejection(spec, QUANTITY_RULE[quantity]);
  const common = {
    timeMs: timeMs as TimeMs,
    client: client as ClientNumber,
    side: request.side === "buy" ? BUY : SELL,
    quantityLots: quantity as QuantityLots,
  };
  return price === undefined
    ? { kind: "place_market", ...common }
    : { kind: "place_limit", ...common, priceTicks: price as PriceTicks };
}

/** A count too large to hold is infinite: above every maximum, for the engine to refuse in its precedence. */
function count(text: string, step: Step) {
  const steps = countSteps(text, step);
  return steps === "too_large" ? Number.POSITIVE_INFINITY : steps;
}

import type { PlaceCommand } from "../../engine/command.ts";
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

/** A placed order as it travels: decimals are canonical text, `price` is null for a market order. */
export interface PlaceRequest {
  readonly kind: "place";
  readonly clientId: string;
  readonly idempotencyKey: string | null;
  readonly side: "buy" | "sell";
  readonly type: "limit" | "market";
  readonly price: string | null;
  readonly quantity: string;
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
  const [kind, clientId, idempotencyKey, side, type, price, quantity] = fields;
  return { kind, clientId, idempotencyKey, side, type, price, quantity };
}

/** What makes two requests under one idempotency key the same request. */
export function requestIdentity(request: PlaceRequest): string {
  return `${request.side} ${request.type} ${request.price ?? "-"} ${request.quantity}`;
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
  const quantity = count(request.quantity, spec.lot);
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

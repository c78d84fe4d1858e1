import type { SelfTradeMode, TimeInForce } from "../../engine/vocabulary/terms.ts";
import { defined } from "../../protocol/defined.ts";
import {
  type AmendOrderRequest,
  DEFAULT_SELF_TRADE,
  type PlaceOcoRequest,
  type PlaceOrderRequest,
} from "../../protocol/order-request.ts";
import { Refusal } from "../../protocol/refusal.ts";
import type { AmendCall, CallTerms, OcoCall, PlaceCall } from "./call.ts";

/** The fields of all kinds of orders. */
interface OrderFields {
  readonly idempotency_key?: string | undefined;
  readonly client_order_id?: string | undefined;
  readonly side: "buy" | "sell";
  readonly type: PlaceOrderRequest["type"];
  readonly price?: string | undefined;
  readonly quantity?: string | undefined;
  readonly time_in_force?: TimeInForce | undefined;
  readonly expires_at?: number | undefined;
  readonly post_only?: boolean | undefined;
  readonly display_quantity?: string | undefined;
  readonly self_trade_prevention?: SelfTradeMode | undefined;
  readonly stp_group?: string | undefined;
  readonly quote_quantity?: string | undefined;
  readonly stop_price?: string | undefined;
  readonly trailing_amount?: string | undefined;
  readonly trailing_basis_points?: number | undefined;
}

/**
 * A placed order in the form in which it travels to the object.
 * @param clientId the client that places it.
 */
export function placeCall(order: OrderFields, clientId: string): PlaceCall {
  const { side, type } = order;
  return {
    kind: "place",
    clientId,
    side,
    type,
    idempotencyKey: order.idempotency_key ?? null,
    clientOrderId: order.client_order_id ?? null,
    price: order.price ?? null,
    quantity: order.quantity ?? null,
    terms: termsOf(order),
  };
}

/** The terms in the order of `CallTerms`, without those that state a default. */
function termsOf(order: OrderFields): CallTerms {
  const usual = order.type === "market" ? "ioc" : "gtc";
  return defined({
    timeInForce: order.time_in_force === usual ? undefined : order.time_in_force,
    expiresAtMs: order.expires_at,
    postOnly: order.post_only === true ? true : undefined,
    displayQuantity: order.display_quantity,
    ...selfTradeOf(order),
    quoteQuantity: order.quote_quantity,
    stopPrice: order.stop_price,
    trailAmount: order.trailing_amount,
    trailBasisPoints: order.trailing_basis_points,
  });
}

function selfTradeOf({
  self_trade_prevention,
  stp_group,
}: Pick<OrderFields, "self_trade_prevention" | "stp_group">) {
  const selfTrade = self_trade_prevention === DEFAULT_SELF_TRADE ? undefined : self_trade_prevention;
  return { selfTrade, selfTradeGroup: stp_group };
}

/** A pair in the form in which it travels to the object. */
export function ocoCall(pair: PlaceOcoRequest): OcoCall {
  const { side, price, quantity, stop_price, stop_limit_price, time_in_force, expires_at } = pair;
  return {
    kind: "oco",
    side,
    price,
    quantity,
    clientId: pair.client_id,
    idempotencyKey: pair.idempotency_key ?? null,
    clientOrderIds: [pair.limit_client_order_id ?? null, pair.stop_client_order_id ?? null],
    stopPrice: stop_price,
    stopLimitPrice: stop_limit_price ?? null,
    terms: defined({
      timeInForce: time_in_force === "gtc" ? undefined : time_in_force,
      expiresAtMs: expires_at,
      ...selfTradeOf(pair),
    }),
  };
}

/** An amendment in the form in which it travels to the object. @throws Refusal if it changes nothing. */
export function amendCall(orderId: string, amendment: AmendOrderRequest): AmendCall {
  const { price, quantity, stop_price, expected_version } = amendment;
  const amounts = defined({ price, quantity, stopPrice: stop_price });
  if (Object.keys(amounts).length === 0) {
    const detail = "price, stop_price or quantity is required";
    throw new Refusal({ code: "missing_field", field: "quantity", detail });
  }
  return { kind: "amend", orderId, ...amounts, ...defined({ expectedVersion: expected_version }) };
}

import { BUY } from "../../engine/vocabulary/units.ts";
import { canonicalFromString, formatScaled, formatSteps, notionalStep } from "../../protocol/decimal.ts";
import { defined } from "../../protocol/defined.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { DEFAULT_SELF_TRADE } from "../../protocol/order-request.ts";
import type { CallTerms, PlaceCall } from "../calls/call.ts";
import type { OrderRecord } from "./order-record.ts";

/** The request that placed an order. `requestIdentity` returns the same for it as for the original. */
export function requestOf(spec: InstrumentSpec, record: OrderRecord): PlaceCall {
  const { clientId, idempotencyKey, clientOrderId, side, type, placed = record, terms } = record;
  const { priceTicks, quantityLots } = placed;
  return {
    kind: "place",
    clientId,
    idempotencyKey,
    clientOrderId,
    type,
    side: side === BUY ? "buy" : "sell",
    price: priceTicks === null ? null : canonical(formatSteps(priceTicks, spec.tick)),
    quantity: terms?.quoteBudget === undefined ? canonical(formatSteps(quantityLots, spec.lot)) : null,
    terms: requestTerms(spec, record),
  };
}

function requestTerms(spec: InstrumentSpec, record: OrderRecord): CallTerms {
  const { terms = {}, selfTrade, selfTradeGroup, placed } = record;
  const { tick, lot } = spec;
  const ticks = (count: number | undefined) =>
    count === undefined ? undefined : canonical(formatSteps(count, tick));
  const { scale, units } = notionalStep(tick, lot);
  const { timeInForce, displayLots, quoteBudget } = terms;
  return defined({
    timeInForce,
    expiresAtMs: timeInForce === "day" ? undefined : terms.expiresAtMs,
    postOnly: terms.postOnly,
    displayQuantity: displayLots === undefined ? undefined : canonical(formatSteps(displayLots, lot)),
    selfTrade: selfTrade === DEFAULT_SELF_TRADE ? undefined : selfTrade,
    selfTradeGroup: selfTradeGroup ?? undefined,
    quoteQuantity:
      quoteBudget === undefined
        ? undefined
        : canonical(formatScaled(BigInt(quoteBudget) * BigInt(units), scale)),
    stopPrice: ticks(placed?.stopPriceTicks ?? terms.stopPriceTicks),
    trailAmount: ticks(terms.trailTicks),
    trailBasisPoints: terms.trailBasisPoints,
  });
}

function canonical(text: string): string {
  const value = canonicalFromString(text);
  if (value === undefined) throw new Error(`${text} is not a decimal`);
  return value;
}

import type {
  AmendCommand,
  PlaceCommand,
  PlaceLimitCommand,
  PlaceMarketCommand,
  PlaceOcoCommand,
} from "../../../engine/vocabulary/command.ts";
import type { OrderTerms } from "../../../engine/vocabulary/terms.ts";
import {
  BUY,
  type ClientNumber,
  type OrderNumber,
  type PriceTicks,
  type QuantityLots,
  SELL,
  type TimeMs,
} from "../../../engine/vocabulary/units.ts";
import { countSteps, formatScaled, notionalStep, type Step } from "../../../protocol/decimal.ts";
import { defined } from "../../../protocol/defined.ts";
import { firstProblem, type Problem } from "../../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import { DEFAULT_SELF_TRADE } from "../../../protocol/order-request.ts";
import { PRICE_RULE, QUANTITY_RULE, rejection } from "../../../protocol/rejection.ts";
import type { AmendCall, CallTerms, OcoCall, PlaceCall } from "../../calls/call.ts";

/** What a request needs to become a command, beside its own content. */
export interface Stamp {
  readonly timeMs: number;
  /** The client's number. */
  readonly client: number;
  /** The number of the group in the request. */
  readonly groupNumber: number | undefined;
}

/** Converts a request to a command in ticks and lots, or returns the first broken rule. */
export function toPlaceCommand(
  spec: InstrumentSpec,
  request: PlaceCall,
  stamp: Stamp,
): PlaceCommand | Problem {
  const { price, quantity, terms, type } = request;
  const count = new Counter(spec);
  const priceTicks = count.ticks(price, "price");
  const quantityLots = count.lots(quantity, "quantity");
  const common = {
    timeMs: stamp.timeMs as TimeMs,
    client: stamp.client as ClientNumber,
    side: request.side === "buy" ? BUY : SELL,
    quantityLots: (quantityLots ?? 0) as QuantityLots,
    selfTrade: terms.selfTrade ?? DEFAULT_SELF_TRADE,
  };
  if (isPlain(request)) {
    if (count.problem !== undefined) return count.problem;
    return priceTicks === undefined
      ? ({ ...common, kind: "place_market" } satisfies PlaceMarketCommand)
      : ({ ...common, kind: "place_limit", priceTicks } satisfies PlaceLimitCommand);
  }
  const orderTerms = toTerms(spec, terms, count, stamp);
  if (count.problem !== undefined) return count.problem;
  return { kind: "place", ...common, type, ...defined({ priceTicks }), terms: orderTerms };
}

/** Whether an order has only the fields that every order has. */
function isPlain({ type, terms }: PlaceCall): boolean {
  if (type !== "limit" && type !== "market") return false;
  const { selfTrade: _, ...others } = terms;
  return Object.keys(others).length === 0;
}

function toTerms(spec: InstrumentSpec, terms: CallTerms, count: Counter, stamp: Stamp): OrderTerms {
  return defined({
    ...lifetime(spec, terms, stamp.timeMs),
    postOnly: terms.postOnly,
    displayLots: count.lots(terms.displayQuantity ?? null, "display_quantity"),
    groupNumber: stamp.groupNumber,
    quoteBudget: count.quote(terms.quoteQuantity ?? null),
    stopPriceTicks: count.ticks(terms.stopPrice ?? null, "stop_price"),
    trailTicks: count.ticks(terms.trailAmount ?? null, "trailing_amount"),
    trailBasisPoints: terms.trailBasisPoints,
  });
}

function lifetime(spec: InstrumentSpec, { timeInForce, expiresAtMs }: CallTerms, timeMs: number) {
  const endMs = timeInForce === "day" ? sessionEndMs(spec, timeMs) : expiresAtMs;
  return { timeInForce, expiresAtMs: endMs as TimeMs | undefined };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The next end of a session after a time. */
export function sessionEndMs({ sessionEndMinutes }: InstrumentSpec, timeMs: number): number {
  const endMs = timeMs - (timeMs % DAY_MS) + sessionEndMinutes * 60_000;
  return endMs > timeMs ? endMs : endMs + DAY_MS;
}

/** Converts a pair to a command, or returns the first broken rule. */
export function toOcoCommand(
  spec: InstrumentSpec,
  request: OcoCall,
  stamp: Stamp,
): PlaceOcoCommand | Problem {
  const count = new Counter(spec);
  const priceTicks = count.ticks(request.price, "price");
  const stopPriceTicks = count.ticks(request.stopPrice, "stop_price");
  const stopLimitTicks = count.ticks(request.stopLimitPrice, "stop_limit_price");
  const quantityLots = count.lots(request.quantity, "quantity");
  if (count.problem !== undefined) return count.problem;
  return {
    kind: "place_oco",
    timeMs: stamp.timeMs as TimeMs,
    client: stamp.client as ClientNumber,
    side: request.side === "buy" ? BUY : SELL,
    selfTrade: request.terms.selfTrade ?? DEFAULT_SELF_TRADE,
    priceTicks: priceTicks as PriceTicks,
    stopPriceTicks: stopPriceTicks as PriceTicks,
    ...defined({ stopLimitTicks }),
    quantityLots: quantityLots as QuantityLots,
    terms: defined({
      ...lifetime(spec, request.terms, stamp.timeMs),
      groupNumber: stamp.groupNumber,
    }),
  };
}

/** Converts an amendment to a command, or returns the first broken rule. */
export function toAmendCommand(
  spec: InstrumentSpec,
  request: AmendCall,
  orderNumber: number,
  timeMs: number,
): AmendCommand | Problem {
  const count = new Counter(spec);
  const amounts = defined({
    priceTicks: count.ticks(request.price ?? null, "price"),
    quantityLots: count.lots(request.quantity ?? null, "quantity"),
    stopPriceTicks: count.ticks(request.stopPrice ?? null, "stop_price"),
  });
  if (count.problem !== undefined) return count.problem;
  return {
    kind: "amend",
    timeMs: timeMs as TimeMs,
    orderNumber: orderNumber as OrderNumber,
    ...amounts,
  };
}

/** Converts the decimals of one request to counts, and keeps the broken rule that takes precedence. */
class Counter {
  readonly #spec: InstrumentSpec;
  problem: Problem | undefined;

  constructor(spec: InstrumentSpec) {
    this.#spec = spec;
  }

  ticks(text: string | null, field: string): PriceTicks | undefined {
    return this.#count(text, this.#spec.tick, PRICE_RULE, field) as PriceTicks | undefined;
  }

  lots(text: string | null, field: string): QuantityLots | undefined {
    return this.#count(text, this.#spec.lot, QUANTITY_RULE, field) as QuantityLots | undefined;
  }

  /** An amount of the quote asset. An amount that is too large to count exceeds every maximum. */
  quote(text: string | null): number | undefined {
    const { tick, lot } = this.#spec;
    const amount = this.#count(text, notionalStep(tick, lot), QUANTITY_RULE, "quote_quantity");
    if (amount !== Number.POSITIVE_INFINITY) return amount;
    const limit = formatScaled(
      BigInt(Number.MAX_SAFE_INTEGER) * BigInt(tick.units) * BigInt(lot.units),
      tick.scale + lot.scale,
    );
    const detail = `quote_quantity must be at most ${limit}`;
    this.#note({ code: "notional_above_maximum", field: "quote_quantity", detail });
    return undefined;
  }

  /**
   * A count that is too large is infinite: it exceeds every maximum, and the engine rejects it in its
   * precedence.
   */
  #count(
    text: string | null,
    step: Step,
    rules: typeof PRICE_RULE | typeof QUANTITY_RULE,
    field: string,
  ): number | undefined {
    if (text === null) return undefined;
    const steps = countSteps(text, step);
    if (typeof steps === "number") return steps;
    if (steps === "too_large") return Number.POSITIVE_INFINITY;
    this.#note(rejection(this.#spec, rules[steps], field));
    return undefined;
  }

  #note(problem: Problem): void {
    this.problem = this.problem === undefined ? problem : firstProblem([this.problem, problem]);
  }
}

import * as z from "zod";
import type { InstrumentRules, VolatilityRule } from "../engine/vocabulary/rules.ts";
import { ICEBERG_SLICES_MAX_DEFAULT } from "../engine/vocabulary/terms.ts";
import type { PriceTicks } from "../engine/vocabulary/units.ts";
import {
  canonicalFromString,
  countSteps,
  formatScaled,
  formatSteps,
  notionalStep,
  type Step,
} from "./decimal.ts";
import { defined } from "./defined.ts";

export const decimalText = z
  .string()
  .refine((text) => canonicalFromString(text) !== undefined, "must be a plain decimal");
const count = z.number().int().positive();
const basisPoints = count.max(10_000);
const seconds = z.number().positive().max(86_400);

/**
 * The optional rules of an instrument, beyond its limits of price and quantity. A rule without a default is
 * off if it is absent.
 */
export const optionalRules = {
  maximum_open_orders_per_client: count.default(1_000),
  maximum_waiting_stops_per_client: count.default(200),
  maximum_waiting_stops: count.default(50_000),
  maximum_trailing_stops: count.default(1_000),
  /** The most slices that an iceberg may be shown in. */
  maximum_iceberg_slices: count.default(ICEBERG_SLICES_MAX_DEFAULT),
  /** Price times quantity, in the quote asset. */
  minimum_notional: decimalText.optional(),
  maximum_notional: decimalText.optional(),
  /** The reference of the price rules before the first trade. */
  reference_price: decimalText.optional(),
  collar_basis_points: basisPoints.optional(),
  protection_basis_points: basisPoints.optional(),
  volatility: z
    .strictObject({
      move_basis_points: basisPoints,
      window_seconds: seconds,
      halt_seconds: seconds,
      auction_seconds: seconds,
    })
    .optional(),
};

type Config = z.output<z.ZodObject<typeof optionalRules>>;
type RulesView = Partial<Config>;
type OptionalRules = Omit<
  InstrumentRules,
  | "minimumPriceTicks"
  | "maximumPriceTicks"
  | "minimumQuantityLots"
  | "maximumQuantityLots"
  | "maximumRestingOrders"
>;

/** The configured rules in units of the engine. @throws if an amount is not a multiple of its step. */
export function readOptionalRules(config: Config, tick: Step, lot: Step): OptionalRules {
  const steps = (key: "minimum_notional" | "maximum_notional" | "reference_price", step: Step) => {
    const text = config[key];
    if (text === undefined) return undefined;
    const held = countSteps(canonicalFromString(text) ?? "", step);
    if (typeof held === "string") throw new Error(`${key} is ${held}`);
    return held;
  };
  const quote = notionalStep(tick, lot);
  return defined({
    maximumOpenOrdersPerClient: config.maximum_open_orders_per_client,
    maximumWaitingStopsPerClient: config.maximum_waiting_stops_per_client,
    maximumWaitingStops: config.maximum_waiting_stops,
    maximumTrailingStops: config.maximum_trailing_stops,
    maximumIcebergSlices: config.maximum_iceberg_slices,
    minimumNotional: steps("minimum_notional", quote),
    maximumNotional: steps("maximum_notional", quote),
    referencePriceTicks: steps("reference_price", tick) as PriceTicks | undefined,
    collarBasisPoints: config.collar_basis_points,
    protectionBasisPoints: config.protection_basis_points,
    volatility: config.volatility && volatilityOf(config.volatility),
  });
}

function volatilityOf(config: NonNullable<Config["volatility"]>): VolatilityRule {
  const milliseconds = (secondCount: number) => Math.round(secondCount * 1000);
  return {
    moveBasisPoints: config.move_basis_points,
    windowMs: milliseconds(config.window_seconds),
    haltMs: milliseconds(config.halt_seconds),
    auctionMs: milliseconds(config.auction_seconds),
  };
}

/** The rules that are on, as in the answer of `GET /public/instruments`. */
export function optionalRulesView(spec: { tick: Step; lot: Step; rules: InstrumentRules }): RulesView {
  const { rules, tick, lot } = spec;
  const { scale, units } = notionalStep(tick, lot);
  const notional = (amount: number | undefined) =>
    amount === undefined ? undefined : formatScaled(BigInt(amount) * BigInt(units), scale);
  const { volatility, referencePriceTicks } = rules;
  return defined({
    maximum_open_orders_per_client: rules.maximumOpenOrdersPerClient,
    maximum_waiting_stops_per_client: rules.maximumWaitingStopsPerClient,
    maximum_waiting_stops: rules.maximumWaitingStops,
    maximum_trailing_stops: rules.maximumTrailingStops,
    maximum_iceberg_slices: rules.maximumIcebergSlices,
    minimum_notional: notional(rules.minimumNotional),
    maximum_notional: notional(rules.maximumNotional),
    reference_price: referencePriceTicks === undefined ? undefined : formatSteps(referencePriceTicks, tick),
    collar_basis_points: rules.collarBasisPoints,
    protection_basis_points: rules.protectionBasisPoints,
    volatility: volatility && {
      move_basis_points: volatility.moveBasisPoints,
      window_seconds: volatility.windowMs / 1000,
      halt_seconds: volatility.haltMs / 1000,
      auction_seconds: volatility.auctionMs / 1000,
    },
  });
}

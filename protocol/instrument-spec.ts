import * as z from "zod";
import type { InstrumentRules } from "../engine/vocabulary/rules.ts";
import type { PriceTicks, QuantityLots } from "../engine/vocabulary/units.ts";
import { canonicalFromString, countSteps, formatSteps, parseStep, type Step } from "./decimal.ts";
import { decimalText, optionalRules, optionalRulesView, readOptionalRules } from "./instrument-rules.ts";
import { INSTRUMENT_NUMBER_MAX } from "./order-id.ts";

const RESTING_ORDERS_MAX_DEFAULT = 500_000;
const KEYS_PER_CLIENT_MAX_DEFAULT = 1_000_000;

/**
 * The regions in which Cloudflare can be asked to place an instrument's object: west and east of North
 * America, South America, west and east of Europe, Asia-Pacific and its north-east and south-east, Oceania,
 * Africa, Middle East.
 */
const LOCATION_HINTS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;

/** One instrument, as the configuration states it. */
const instrumentConfig = z.strictObject({
  instrument: z.string().regex(/^[A-Z0-9][A-Z0-9.-]{0,31}$/, "must be 1 to 32 of A-Z, 0-9, point and dash"),
  number: z.number().int().min(1).max(INSTRUMENT_NUMBER_MAX),
  base_asset: z.string().min(1).max(16),
  quote_asset: z.string().min(1).max(16),
  tick_size: decimalText,
  lot_size: decimalText,
  minimum_price: decimalText,
  maximum_price: decimalText,
  minimum_quantity: decimalText,
  maximum_quantity: decimalText,
  maximum_resting_orders: z.number().int().positive().default(RESTING_ORDERS_MAX_DEFAULT),
  ...optionalRules,
  maximum_keys_per_client: z.number().int().positive().default(KEYS_PER_CLIENT_MAX_DEFAULT),
  session_end: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day in UTC such as 21:00")
    .default("00:00"),
  location_hint: z.enum(LOCATION_HINTS).optional(),
});

const instrumentConfigs = z.array(instrumentConfig).min(1);

/** An instrument's configuration, with its limits in ticks and lots. */
export interface InstrumentSpec {
  readonly instrument: string;
  readonly number: number;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly tick: Step;
  readonly lot: Step;
  readonly rules: InstrumentRules;
  /** The most idempotency keys and client order ids that a client may use in 24 hours. */
  readonly maximumKeysPerClient: number;
  /** When `day` orders end, in minutes after midnight UTC. */
  readonly sessionEndMinutes: number;
  /** The preferred region of the instrument's object. It has an effect only when the object is first used. */
  readonly locationHint: (typeof LOCATION_HINTS)[number] | undefined;
}

/**
 * Reads the configured instruments. The first is the default.
 * @throws if the configuration is not valid. The message names the instrument and the rule.
 */
export function readInstrumentSpecs(config: unknown): readonly InstrumentSpec[] {
  const parsed = instrumentConfigs.safeParse(config);
  if (!parsed.success) throw new Error(`INSTRUMENTS: ${z.prettifyError(parsed.error)}`);
  const specs = parsed.data.map(toSpec);
  for (const key of ["instrument", "number"] as const) {
    const seen = new Set(specs.map((spec) => spec[key]));
    if (seen.size !== specs.length) throw new Error(`two instruments have the same ${key}`);
  }
  return specs;
}

function toSpec(config: z.output<typeof instrumentConfig>): InstrumentSpec {
  const tick = parseStep(config.tick_size);
  const lot = parseStep(config.lot_size);
  const count = (
    key: "minimum_price" | "maximum_price" | "minimum_quantity" | "maximum_quantity",
    step: Step,
  ) => {
    const steps = countSteps(canonicalFromString(config[key]) ?? "", step);
    if (typeof steps === "string") throw new Error(`${config.instrument}: ${key} is ${steps}`);
    return steps;
  };
  const rules: InstrumentRules = {
    minimumPriceTicks: count("minimum_price", tick) as PriceTicks,
    maximumPriceTicks: count("maximum_price", tick) as PriceTicks,
    minimumQuantityLots: count("minimum_quantity", lot) as QuantityLots,
    maximumQuantityLots: count("maximum_quantity", lot) as QuantityLots,
    maximumRestingOrders: config.maximum_resting_orders,
    ...readOptionalRules(config, tick, lot),
  };
  if (
    rules.minimumPriceTicks > rules.maximumPriceTicks ||
    rules.minimumQuantityLots > rules.maximumQuantityLots
  ) {
    throw new Error(`${config.instrument}: a minimum is above the maximum`);
  }
  return {
    instrument: config.instrument,
    number: config.number,
    baseAsset: config.base_asset,
    quoteAsset: config.quote_asset,
    tick,
    lot,
    rules,
    maximumKeysPerClient: config.maximum_keys_per_client,
    sessionEndMinutes: Number(config.session_end.slice(0, 2)) * 60 + Number(config.session_end.slice(3)),
    locationHint: config.location_hint,
  };
}

/** The decimals of an exact notional in the quote asset: those of the tick plus those of the lot. */
export function notionalScale(spec: InstrumentSpec): number {
  return spec.tick.scale + spec.lot.scale;
}

/** An instrument, as in the answer of `GET /public/instruments`. */
export function instrumentView(spec: InstrumentSpec) {
  const { rules, tick, lot } = spec;
  return {
    instrument: spec.instrument,
    base_asset: spec.baseAsset,
    quote_asset: spec.quoteAsset,
    tick_size: formatSteps(1, tick),
    lot_size: formatSteps(1, lot),
    minimum_price: formatSteps(rules.minimumPriceTicks, tick),
    maximum_price: formatSteps(rules.maximumPriceTicks, tick),
    minimum_quantity: formatSteps(rules.minimumQuantityLots, lot),
    maximum_quantity: formatSteps(rules.maximumQuantityLots, lot),
    session_end: timeOfDay(spec.sessionEndMinutes),
    ...optionalRulesView(spec),
    maximum_keys_per_client: spec.maximumKeysPerClient,
  };
}

function timeOfDay(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

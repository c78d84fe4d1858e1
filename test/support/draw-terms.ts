import type {
  PlaceLimitCommand,
  PlaceOcoCommand,
  PlaceTermsCommand,
} from "../../engine/vocabulary/command.ts";
import {
  ORDER_TYPES,
  type OrderTerms,
  SELF_TRADE_MODES,
  TIMES_IN_FORCE,
} from "../../engine/vocabulary/terms.ts";
import { BUY, type PriceTicks, type QuantityLots, SELL, type TimeMs } from "../../engine/vocabulary/units.ts";
import type { FuzzProfile } from "./fuzz-profiles.ts";
import type { Random } from "./random.ts";
import type { TestBook } from "./test-book.ts";

/** A limit order to which terms may be added. */
export type PlainLimit = PlaceLimitCommand;

/** Any order with terms, most of them consistent. */
export function drawTermsOrder(
  random: Random,
  profile: FuzzProfile,
  book: TestBook,
  order: PlainLimit,
): PlaceTermsCommand {
  const { priceTicks, quantityLots, ...common } = order;
  const selfTrade = random.pick(SELF_TRADE_MODES);
  const type = random.weighted({ limit: 50, market: 14, stop: 12, stop_limit: 12, trailing_stop: 8 });
  const group = random.chance(0.2) ? { groupNumber: random.between(0, 7) } : {};
  const budget = type === "market" && random.chance(0.5);
  const terms = { ...group, ...drawTerms(random, profile, book, order, type, budget) };
  const isAimed = terms.timeInForce === "fok" && random.chance(0.7);
  const lots = isAimed ? aimedLots(random, profile, book, order.side) : quantityLots;
  // A stop with a far limit may meet more orders than it may.
  const isFar = type === "stop_limit" && isAimed && random.chance(0.8);
  const { minimumPriceTicks, maximumPriceTicks } = profile.rules;
  const farTicks = order.side === BUY ? maximumPriceTicks : minimumPriceTicks;
  const placed: PlaceTermsCommand = {
    ...common,
    kind: "place",
    type,
    selfTrade,
    quantityLots: (budget ? 0 : lots) as QuantityLots,
    ...(type === "limit" || type === "stop_limit" ? { priceTicks: isFar ? farTicks : priceTicks } : {}),
    terms,
  };
  return random.chance(0.04) ? spoilt(random, placed) : placed;
}

/**
 * The quantity of the first few orders on the other side, or one lot more or less: the boundary for
 * fill-or-kill.
 */
function aimedLots(random: Random, profile: FuzzProfile, book: TestBook, side: 0 | 1): number {
  const { minimumQuantityLots, maximumQuantityLots } = profile.rules;
  const makers = book.restingOrders(side === BUY ? SELL : BUY).slice(0, random.between(1, 12));
  const lots = makers.reduce((sum, { remainingLots }) => sum + remainingLots, random.pick([-1, 0, 0, 0, 1]));
  return Math.min(maximumQuantityLots, Math.max(minimumQuantityLots, lots));
}

function drawTerms(
  random: Random,
  profile: FuzzProfile,
  book: TestBook,
  { side, priceTicks, quantityLots, timeMs }: PlainLimit,
  type: PlaceTermsCommand["type"],
  budget: boolean,
): OrderTerms {
  const expiresAtMs = (timeMs + random.between(random.chance(0.05) ? 0 : 1, 80)) as TimeMs;
  const timed = random.chance(0.3) ? { timeInForce: random.pick(["gtd", "day"] as const), expiresAtMs } : {};
  switch (type) {
    case "limit": {
      const kind = random.pick(["immediate", "post_only", "iceberg", "timed", "nothing"] as const);
      if (kind === "immediate") return { timeInForce: random.pick(["ioc", "fok", "fok"]) };
      if (kind === "post_only") return { ...timed, postOnly: true };
      // Sometimes one slice more than allowed.
      const slicesMax = profile.rules.maximumIcebergSlices ?? 100;
      const least = Math.max(1, Math.ceil(quantityLots / random.pick([slicesMax, slicesMax, slicesMax + 1])));
      const displayLots = random.between(least, Math.max(least, Math.min(quantityLots, 5))) as QuantityLots;
      if (kind === "iceberg")
        return { ...timed, displayLots, ...(random.chance(0.2) ? { postOnly: true } : {}) };
      return timed;
    }
    case "market": {
      const spend = priceTicks * random.between(1, 12) - random.below(Math.max(1, priceTicks));
      // Enough for the best level, and for one lot more at its price, or just not. A buy can then afford none
      // at a worse price.
      const [best] = book.levels(side === BUY ? SELL : BUY);
      const more = random.chance(0.5) ? 0 : -1;
      const whole = (best?.totalLots ?? 0) * (best?.priceTicks ?? 0) + (best?.priceTicks ?? 0) + more;
      const isAimed = budget && random.chance(0.3) && whole > 0 && whole < Number.MAX_SAFE_INTEGER;
      if (isAimed) return { quoteBudget: whole };
      if (budget) return { quoteBudget: Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, spend)) };
      return random.chance(0.4) ? { timeInForce: "fok" } : {};
    }
    case "stop":
    case "stop_limit": {
      const isImmediate = type === "stop_limit" && random.chance(0.4);
      const life = isImmediate ? { timeInForce: random.pick(["ioc", "fok", "fok"] as const) } : timed;
      return { ...life, stopPriceTicks: drawStop(random, profile, book, side) };
    }
    case "trailing_stop": {
      const trail = random.chance(0.5)
        ? { trailTicks: random.between(1, 6) }
        : { trailBasisPoints: random.pick([1, 50, 150, 10_000]) };
      return { ...timed, ...trail };
    }
  }
}

/** A stop price that the market has usually not reached yet. */
function drawStop(random: Random, profile: FuzzProfile, book: TestBook, side: 0 | 1): PriceTicks {
  const { minimumPriceTicks, maximumPriceTicks } = profile.rules;
  const last = book.lastTradePriceTicks ?? profile.priceTicks(random, side);
  const away = random.chance(0.15) ? -random.between(0, 4) : random.between(1, 8);
  const stop = side === BUY ? last + away : last - away;
  if (random.chance(0.02)) return random.pick([minimumPriceTicks - 1, maximumPriceTicks + 1]) as PriceTicks;
  return Math.min(maximumPriceTicks, Math.max(minimumPriceTicks, stop)) as PriceTicks;
}

/** An order that may have one inconsistent term. */
function spoilt(random: Random, order: PlaceTermsCommand): PlaceTermsCommand {
  const { priceTicks, ...unpriced } = order;
  const { terms } = order;
  switch (random.pick(["type", "time", "display", "budget", "trail", "post", "price"] as const)) {
    case "type":
      return { ...order, type: random.pick(ORDER_TYPES) };
    case "time":
      return { ...order, terms: { ...terms, timeInForce: random.pick(TIMES_IN_FORCE) } };
    case "display":
      return {
        ...order,
        terms: { ...terms, displayLots: (order.quantityLots + random.pick([0, 1])) as QuantityLots },
      };
    case "budget":
      return { ...order, terms: { ...terms, quoteBudget: random.pick([0, 100]) } };
    case "trail":
      return { ...order, terms: { ...terms, trailBasisPoints: random.pick([0, 1, 10_001]) } };
    case "post":
      return { ...order, terms: { ...terms, postOnly: true } };
    case "price":
      return priceTicks === undefined ? { ...order, priceTicks: 1 as PriceTicks } : unpriced;
  }
}

/** A pair: one leg takes a profit, the other stops a loss. */
export function drawOco(
  random: Random,
  profile: FuzzProfile,
  book: TestBook,
  { side, client, timeMs, quantityLots, priceTicks }: PlainLimit,
): PlaceOcoCommand {
  const expiresAtMs = (timeMs + random.between(1, 80)) as TimeMs;
  // A leg of a pair must be able to wait.
  const life = random.weighted({ gtc: 76, gtd: 20, ioc: 2, fok: 2 });
  const timeInForce = life === "gtc" ? {} : { timeInForce: life };
  return {
    kind: "place_oco",
    timeMs,
    client,
    side,
    quantityLots,
    selfTrade: random.pick(SELF_TRADE_MODES),
    priceTicks,
    stopPriceTicks: drawStop(random, profile, book, side),
    ...(random.chance(0.5) ? { stopLimitTicks: profile.priceTicks(random, side) as PriceTicks } : {}),
    terms: { ...timeInForce, ...(life === "gtd" ? { expiresAtMs } : {}) },
  };
}

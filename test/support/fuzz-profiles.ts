import type { InstrumentRules } from "../../engine/vocabulary/rules.ts";
import { BUY, type Side, UNIT_MAX } from "../../engine/vocabulary/units.ts";
import type { Random } from "./random.ts";

/** A kind of market for random commands: its rules, and how its orders are generated. */
export interface FuzzProfile {
  readonly name: string;
  readonly rules: InstrumentRules;
  /** The weights of the kinds of commands. Cancels become more frequent once `targetResting` is passed. */
  readonly weights: Readonly<Record<"limit" | "market" | "cancel", number>>;
  /** The approximate number of resting orders. */
  readonly targetResting: number;
  readonly priceTicks: (random: Random, side: Side) => number;
  readonly quantityLots: (random: Random) => number;
  /** Whether there are also orders with terms, amendments, groups, and changes of the status. */
  readonly hasTerms?: true;
}

const WIDE_CENTRE_TICKS = 2 ** 40;

/** The markets of random commands. A seed selects the one at its remainder. */
export const FUZZ_PROFILES: readonly FuzzProfile[] = [
  {
    name: "tight book",
    rules: rules({
      minimumPriceTicks: 480,
      maximumPriceTicks: 520,
      minimumQuantityLots: 2,
      maximumQuantityLots: 30,
    }),
    weights: { limit: 60, market: 8, cancel: 25 },
    targetResting: 80,
    priceTicks: (random, side) => 500 + away(side, random.between(-2, 6)),
    quantityLots: (random) => random.between(2, 30),
  },
  {
    name: "sparse prices up to the largest",
    rules: rules({ maximumPriceTicks: UNIT_MAX, maximumQuantityLots: 1_000 }),
    weights: { limit: 70, market: 4, cancel: 20 },
    targetResting: 320,
    priceTicks: (random, side) => {
      const isCrossing = random.chance(0.05);
      const isLow = (side === BUY) !== isCrossing;
      return isLow
        ? WIDE_CENTRE_TICKS - random.magnitude(WIDE_CENTRE_TICKS - 1)
        : WIDE_CENTRE_TICKS + random.magnitude(UNIT_MAX - WIDE_CENTRE_TICKS);
    },
    quantityLots: (random) => random.magnitude(1_000),
  },
  {
    name: "deep queues",
    rules: rules({ maximumPriceTicks: 200, maximumQuantityLots: 40 }),
    weights: { limit: 60, market: 3, cancel: 25 },
    targetResting: 250,
    priceTicks: (random, side) => 100 + away(side, random.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, -1])),
    quantityLots: (random) => random.between(1, 10),
  },
  {
    name: "nearly empty book",
    rules: rules({ maximumPriceTicks: 20, maximumQuantityLots: 9 }),
    weights: { limit: 40, market: 30, cancel: 20 },
    targetResting: 4,
    priceTicks: (random) => random.between(8, 12),
    quantityLots: (random) => random.between(1, 9),
  },
  {
    name: "huge quantities",
    rules: rules({ maximumPriceTicks: UNIT_MAX, maximumQuantityLots: UNIT_MAX }),
    weights: { limit: 60, market: 15, cancel: 20 },
    targetResting: 30,
    priceTicks: (random, side) => UNIT_MAX - 50 + away(side, random.between(-5, 49)),
    quantityLots: (random) => (random.chance(0.3) ? UNIT_MAX - random.below(3) : random.magnitude(UNIT_MAX)),
  },
  {
    name: "many cancels",
    rules: rules({ maximumPriceTicks: 10_000, maximumQuantityLots: 100 }),
    weights: { limit: 45, market: 1, cancel: 52 },
    targetResting: 150,
    priceTicks: (random, side) => 5_000 + away(side, random.between(-1, 60)),
    quantityLots: (random) => random.between(1, 100),
  },
  {
    name: "room for few orders",
    rules: rules({ maximumPriceTicks: 100, maximumQuantityLots: 50, maximumRestingOrders: 12 }),
    weights: { limit: 70, market: 10, cancel: 10 },
    targetResting: 14,
    priceTicks: (random, side) => 50 + away(side, random.between(-1, 8)),
    quantityLots: (random) => random.magnitude(50),
  },
  {
    name: "everything",
    rules: rules({ maximumPriceTicks: 200, maximumQuantityLots: 40 }),
    weights: { limit: 40, market: 8, cancel: 12 },
    targetResting: 40,
    priceTicks: (random, side) => 100 + away(side, random.between(-3, 8)),
    quantityLots: (random) => random.between(1, 20),
    hasTerms: true,
  },
  {
    name: "everything, under every rule",
    rules: rules({
      minimumPriceTicks: 800,
      maximumPriceTicks: 1_200,
      minimumQuantityLots: 2,
      maximumQuantityLots: 40,
      maximumRestingOrders: 25,
      maximumOpenOrdersPerClient: 9,
      maximumWaitingStopsPerClient: 3,
      maximumIcebergSlices: 7,
      maximumWaitingStops: 8,
      maximumTrailingStops: 2,
      minimumNotional: 2_500,
      maximumNotional: 36_000,
      referencePriceTicks: 1_000,
      collarBasisPoints: 300,
      protectionBasisPoints: 60,
      volatility: { moveBasisPoints: 90, windowMs: 30, haltMs: 20, auctionMs: 25 },
    }),
    weights: { limit: 50, market: 10, cancel: 8 },
    targetResting: 22,
    priceTicks: (random, side) => 1_000 + away(side, random.between(-8, 12)) + (random.chance(0.02) ? 40 : 0),
    quantityLots: (random) => random.between(2, 38),
    hasTerms: true,
  },
  {
    name: "stops and auctions on a wide book",
    rules: rules({ maximumPriceTicks: UNIT_MAX, maximumQuantityLots: UNIT_MAX, protectionBasisPoints: 5 }),
    weights: { limit: 50, market: 14, cancel: 10 },
    targetResting: 60,
    priceTicks: (random, side) => WIDE_CENTRE_TICKS + away(side, random.between(-10, 40)),
    quantityLots: (random) => (random.chance(0.02) ? UNIT_MAX - random.below(9) : random.magnitude(3_000)),
    hasTerms: true,
  },
  {
    // Three ticks are enough for a halt, so that an order across several levels causes one while it trades.
    name: "orders that a halt cuts short",
    rules: rules({
      maximumPriceTicks: 2_000,
      maximumQuantityLots: 200,
      volatility: { moveBasisPoints: 30, windowMs: 40, haltMs: 2, auctionMs: 2 },
    }),
    weights: { limit: 60, market: 6, cancel: 10 },
    targetResting: 40,
    priceTicks: (random, side) => 1_000 + away(side, random.between(-4, 7)),
    quantityLots: (random) => random.between(1, 12),
    hasTerms: true,
  },
  {
    // The bounds are so small that much is left for later: of cancels, expiries, stops, auctions.
    name: "work left for later",
    rules: rules({
      maximumPriceTicks: 200,
      maximumQuantityLots: 60,
      maximumFills: 5,
      maximumEventsAtOnce: 3,
    }),
    weights: { limit: 50, market: 6, cancel: 10 },
    targetResting: 45,
    priceTicks: (random, side) => 100 + away(side, random.between(-4, 7)),
    quantityLots: (random) => random.between(1, 20),
    hasTerms: true,
  },
  {
    name: "work left for later, with halts",
    rules: rules({
      maximumPriceTicks: 2_000,
      maximumQuantityLots: 60,
      maximumFills: 6,
      maximumEventsAtOnce: 4,
      volatility: { moveBasisPoints: 40, windowMs: 30, haltMs: 6, auctionMs: 20 },
    }),
    weights: { limit: 60, market: 6, cancel: 8 },
    targetResting: 45,
    priceTicks: (random, side) => 1_000 + away(side, random.between(-5, 9)),
    quantityLots: (random) => random.between(1, 20),
    hasTerms: true,
  },
];

type RuleValue = number | InstrumentRules["volatility"];

function rules(changes: Partial<Record<keyof InstrumentRules, RuleValue>>): InstrumentRules {
  const defaults = { minimumPriceTicks: 1, minimumQuantityLots: 1, maximumRestingOrders: 100_000 };
  return { ...defaults, ...changes } as InstrumentRules;
}

/** A number of ticks away from the other side. */
function away(side: Side, ticks: number): number {
  return side === BUY ? -ticks : ticks;
}

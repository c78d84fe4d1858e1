import { BUY, SELL } from "../../engine/vocabulary/units.ts";
import type { NaiveState } from "./naive-state.ts";

interface Uncross {
  readonly priceTicks: number;
  readonly volumeLots: number;
  readonly imbalanceLots: number;
}

/**
 * The auction's price, found by trying prices one by one: every order's own, its neighbours, and the
 * reference. No other price can be best: between two orders' prices, only the distance to the reference
 * changes.
 */
export function bestUncross(market: NaiveState): Uncross | undefined {
  const [buys, sells] = market.resting;
  const [bid, ask] = [buys[0]?.priceTicks, sells[0]?.priceTicks];
  if (bid === undefined || ask === undefined || ask > bid) return undefined;
  const reference = market.referenceTicks;
  const prices = [...buys, ...sells].flatMap(({ priceTicks = 0 }) => [
    priceTicks - 1,
    priceTicks,
    priceTicks + 1,
  ]);
  const tried = new Set([...prices, reference ?? ask].filter((price) => price >= ask && price <= bid));
  const results = Array.from(tried, (price): Uncross => {
    const demand = lotsOf(market, BUY, (limit) => limit >= price);
    const supply = lotsOf(market, SELL, (limit) => limit <= price);
    return { priceTicks: price, volumeLots: Math.min(demand, supply), imbalanceLots: demand - supply };
  });
  const least = (amount: (result: Uncross) => number) => (some: Uncross[]) => {
    const leastAmount = Math.min(...some.map(amount));
    return some.filter((result) => amount(result) === leastAmount);
  };
  const ofMostVolume = least(({ volumeLots }) => -volumeLots)(results);
  const ofLeastImbalance = least(({ imbalanceLots }) => Math.abs(imbalanceLots))(ofMostVolume);
  const underPressure = withPressure(ofLeastImbalance);
  const distance = (price: number) => Math.abs(price - (reference ?? price));
  const [nearest] = underPressure.sort(
    (a, b) => distance(a.priceTicks) - distance(b.priceTicks) || a.priceTicks - b.priceTicks,
  );
  return nearest;
}

/** Removes the prices from which leftover buys would push the price up, or leftover sells push it down. */
function withPressure(candidates: Uncross[]): Uncross[] {
  return candidates.filter(({ priceTicks, imbalanceLots }) => {
    if (imbalanceLots === 0) return true;
    const sameWay = candidates.filter((other) => other.imbalanceLots === imbalanceLots);
    return sameWay.every((other) =>
      imbalanceLots > 0 ? other.priceTicks <= priceTicks : other.priceTicks >= priceTicks,
    );
  });
}

function lotsOf(
  market: NaiveState,
  side: typeof BUY | typeof SELL,
  isWilling: (limit: number) => boolean,
): number {
  const willing = market.resting[side].filter(({ priceTicks = 0 }) => isWilling(priceTicks));
  return willing.reduce((sum, order) => sum + order.remainingLots, 0);
}

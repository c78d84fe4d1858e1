import { BUY, SELL } from "../../engine/units.ts";
import type { NaiveState } from "./naive-state.ts";

interface Uncross {
  readonly priceTicks: number;
  readonly volumeLots: number;
  readonly imbalanceLots: number;
}

/**
 * The auction's price by trying prices one by one: every order's own, its neighbours, and the reference.
 * No other can be best, since between two orders' prices nothing changes but the distance to the reference.
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
  const distance = (price: number) => Math.abs(price - (reference ?? price));
  const [best] = results.sort(
    (a, b) =>
      b.volumeLots - a.volumeLots ||
      Math.abs(a.imbalanceLots) - Math.abs(b.imbalanceLots) ||
      distance(a.priceTicks) - distance(b.priceTicks) ||
      a.priceTicks - b.priceTicks,
  );
  return best;
}

function lotsOf(
  market: NaiveState,
  side: typeof BUY | typeof SELL,
  isWilling: (limit: number) => boolean,
): number {
  const willing = market.resting[side].filter(({ priceTicks = 0 }) => isWilling(priceTicks));
  return willing.reduce((sum, order) => sum + order.remainingLots, 0);
}

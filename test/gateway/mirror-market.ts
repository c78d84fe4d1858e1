import type { Random } from "../support/random.ts";

export const TRADES_MAX = 5;

/** A whole market at a moment: entries by price in ticks, and its newest trades, oldest first. */
export interface Market {
  readonly epoch: number;
  readonly sequence: number;
  readonly bids: ReadonlyMap<number, string>;
  readonly asks: ReadonlyMap<number, string>;
  readonly trades: readonly string[];
}

/** Several events share a millisecond. */
export const timeMs = ({ epoch, sequence }: Market) => 1_000_000 * epoch + Math.floor(sequence / 3);
export const asOfMs = (market: Market) => timeMs(market) + 500;
export const head = (market: Market) =>
  [market.epoch, market.sequence, timeMs(market), asOfMs(market)].map(String);
/** The venue that writes, and the venue whose mirror it has taken over. */
export const VENUE = { own: "the venue", adopted: "" };
export const writer = (market: Market, { own, adopted } = VENUE) => [...head(market), own, adopted];
export const price = (ticks: number) => `${ticks}.00`;
export const row = (ticks: number, entry: string | undefined) => [price(ticks), String(ticks), entry ?? ""];
export const rows = (side: ReadonlyMap<number, string>) =>
  [...side].flatMap(([ticks, entry]) => row(ticks, entry));

/** The market one event later: a level of each side is set or removed, and sometimes a trade happens. */
export function next(market: Market, random: Random): Market {
  const changed = (side: ReadonlyMap<number, string>, from: number) => {
    const levels = new Map(side);
    const ticks = random.between(from, from + 9);
    if (random.chance(0.4)) levels.delete(ticks);
    else levels.set(ticks, `${random.between(1, 99)}.5 ${random.between(1, 9)}`);
    return levels;
  };
  const sequence = market.sequence + 1;
  const traded = random.chance(0.5) ? [`trade ${market.epoch}/${sequence}`] : [];
  return {
    epoch: market.epoch,
    sequence,
    bids: changed(market.bids, 100),
    asks: changed(market.asks, 200),
    trades: [...market.trades, ...traded].slice(-TRADES_MAX),
  };
}

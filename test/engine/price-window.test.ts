import { expect, test } from "vitest";
import { PriceWindow } from "../../engine/book/price-window.ts";
import { Random } from "../support/random.ts";

test("a price window has the extremes of the trades within its span, and drops the others", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const rule = { moveBasisPoints: 100, windowMs: random.between(1, 20), haltMs: 1, auctionMs: 1 };
    const window = new PriceWindow(rule);
    const trades: { timeMs: number; priceTicks: number }[] = [];
    let timeMs = 0;
    for (let step = 1; step <= 500; step++) {
      timeMs += random.pick([0, 0, 1, 3, 9]);
      const within = trades.filter((trade) => trade.timeMs > timeMs - rule.windowMs);
      const prices = within.map((trade) => trade.priceTicks);
      const expected = prices.length && { low: Math.min(...prices), high: Math.max(...prices) };
      expect(window.range(timeMs), `seed ${seed}, step ${step}`).toEqual(expected || undefined);
      const priceTicks = random.between(90, 110);
      window.add(timeMs, priceTicks);
      trades.push({ timeMs, priceTicks });
      // At most one point per millisecond, in each queue.
      const { lows, highs } = window.save(timeMs);
      // Only points that no later trade has beaten or equalled.
      const isRising = (points: readonly { priceTicks: number }[]) =>
        points.every(({ priceTicks: price }, at) => at === 0 || price > (points[at - 1]?.priceTicks ?? 0));
      expect([isRising(lows), isRising(highs.toReversed())], `seed ${seed}, step ${step}`).toEqual([
        true,
        true,
      ]);
      expect(Math.max(lows.length, highs.length)).toBeLessThanOrEqual(rule.windowMs);
    }
  }
});

test("a long price window remembers a thousand trades, and none of them too short", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = new Random(seed);
    const rule = { moveBasisPoints: 100, windowMs: random.between(2_000, 40_000), haltMs: 1, auctionMs: 1 };
    const slotMs = Math.ceil(rule.windowMs / 1_000);
    const window = new PriceWindow(rule);
    const trades: { timeMs: number; priceTicks: number }[] = [];
    for (let timeMs = 1; timeMs <= 2.5 * rule.windowMs; timeMs++) {
      // Prices in one direction, each in another millisecond, are all kept.
      const priceTicks = 1_000_000 + (seed === 1 ? -timeMs : timeMs);
      window.add(timeMs, priceTicks);
      trades.push({ timeMs, priceTicks });
      if (timeMs % 997 !== 0) continue;
      const lowestAfter = (ms: number) => trades.findIndex((trade) => trade.timeMs > ms);
      const oldest = trades[lowestAfter(timeMs - rule.windowMs)]?.priceTicks ?? 0;
      const before = trades[lowestAfter(timeMs - rule.windowMs - slotMs)]?.priceTicks ?? 0;
      const { low, high } = window.range(timeMs) ?? { low: 0, high: 0 };
      const told = seed === 1 ? high : low;
      const bounds = [Math.min(oldest, before), Math.max(oldest, before)];
      expect(told, `seed ${seed}, at ${timeMs}`).toBeGreaterThanOrEqual(bounds[0] ?? 0);
      expect(told, `seed ${seed}, at ${timeMs}`).toBeLessThanOrEqual(bounds[1] ?? 0);
      const { lows, highs } = window.save(timeMs);
      expect(Math.max(lows.length, highs.length)).toBeLessThanOrEqual(1_001);
    }
  }
});

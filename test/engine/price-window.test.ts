import { expect, test } from "vitest";
import { PriceWindow } from "../../engine/price-window.ts";
import { Random } from "../support/random.ts";

test("a price window knows the extremes of the trades within its span, and forgets the others", () => {
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
      // One point for each millisecond at most, in each queue.
      const { lows, highs } = window.save(timeMs);
      // Only what no later trade has beaten or come up to.
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

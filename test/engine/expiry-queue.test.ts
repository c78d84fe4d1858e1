import { expect, test } from "vitest";
import { type Expiry, ExpiryQueue } from "../../engine/book/expiry-queue.ts";
import { Random } from "../support/random.ts";

test("an expiry queue returns the first live entry, by time and then number, whatever ended meanwhile", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const live = new Map<number, number>();
    const queue = new ExpiryQueue(({ timeMs, orderNumber }: Expiry) => live.get(orderNumber) === timeMs);
    for (let step = 1; step <= 2_000; step++) {
      if (random.chance(0.55)) {
        const timeMs = random.between(1, 300);
        live.set(step, timeMs);
        queue.add(timeMs, step);
        if (random.chance(0.1)) queue.add(timeMs, step);
      } else if (live.size > 0) live.delete(random.pick([...live.keys()]));
      const [first] = [...live].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
      const expected = first && { timeMs: first[1], orderNumber: first[0] };
      expect(queue.first, `seed ${seed}, step ${step}`).toEqual(expected);
    }
  }
});

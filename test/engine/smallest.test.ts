import { expect, test } from "vitest";
import { Smallest } from "../../engine/book/smallest.ts";
import { Random } from "../support/random.ts";

test.each([1, 2, 3, 4, 5])("keeps the smallest, in whatever order they arrive, seed %i", (seed) => {
  const random = new Random(seed);
  for (let round = 0; round < 200; round++) {
    const count = 1 + random.below(20);
    const values = [...new Set(Array.from({ length: random.below(200) }, () => random.between(-500, 500)))];
    const sorted = values.toSorted((a, b) => a - b);
    for (const order of [values, sorted, sorted.toReversed()]) {
      const smallest = new Smallest(count);
      for (const value of order) smallest.add(value);
      expect([...smallest.sorted()], `seed ${seed}, ${count} of ${order}`).toEqual(sorted.slice(0, count));
    }
  }
});

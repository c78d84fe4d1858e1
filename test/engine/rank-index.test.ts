import { describe, expect, test } from "vitest";
import { NONE } from "../../engine/book/integer-map.ts";
import { RankIndex } from "../../engine/book/rank-index.ts";
import { Random } from "../support/random.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;

interface Space {
  readonly rankMax: number;
  readonly draw: (random: Random) => number;
}

/** How ranks are distributed over their range. */
const SPACES: Record<string, Space> = {
  "one node": { rankMax: 31, draw: (random) => random.below(32) },
  "the corners of nodes": {
    rankMax: 32 ** 3,
    draw: (random) => random.pick([0, 31, 32, 33, 1023, 1024, 32_768]),
  },
  "a dense stretch": { rankMax: 100_000, draw: (random) => 50_000 + random.below(500) },
  "dense at the far end": { rankMax: LARGEST, draw: (random) => LARGEST - random.below(300) },
  "sparse over everything": { rankMax: LARGEST, draw: (random) => random.between(0, LARGEST) },
  "all magnitudes": { rankMax: LARGEST, draw: (random) => random.magnitude(LARGEST) },
};

describe("RankIndex", () => {
  test("an empty index finds nothing", () => {
    const index = new RankIndex(LARGEST);
    expect([index.get(0), index.get(LARGEST), index.nearestBelow(LARGEST)]).toEqual([NONE, NONE, NONE]);
  });

  test("finds across the whole range, both ends included", () => {
    const index = new RankIndex(LARGEST);
    index.add(0, 10);
    index.add(LARGEST, 20);
    expect([index.get(0), index.get(LARGEST)]).toEqual([10, 20]);
    expect([index.nearestBelow(0), index.nearestBelow(1), index.nearestBelow(LARGEST)]).toEqual([
      NONE,
      10,
      10,
    ]);
    index.remove(0);
    expect(index.nearestBelow(LARGEST)).toBe(NONE);
  });

  test("the nearest rank below is never the rank itself", () => {
    const index = new RankIndex(1_000);
    for (let rank = 0; rank <= 1_000; rank++) index.add(rank, rank);
    for (let rank = 0; rank <= 1_000; rank++) expect(index.nearestBelow(rank)).toBe(rank - 1);
  });

  for (const [name, space] of Object.entries(SPACES)) {
    test(`behaves like a sorted array: ${name}`, () => {
      for (let seed = 1; seed <= 10; seed++) compareWithArray(seed, space);
    });
  }
});

function compareWithArray(seed: number, { rankMax, draw }: Space): void {
  const random = new Random(seed);
  const index = new RankIndex(rankMax);
  let sorted: { rank: number; value: number }[] = [];
  for (let step = 0; step < 1_500; step++) {
    const rank = draw(random);
    const where = `seed ${seed}, step ${step}, rank ${rank}`;
    const held = sorted.find((entry) => entry.rank === rank);
    if (index.get(rank) !== (held?.value ?? NONE)) expect.fail(`${where}: holds ${index.get(rank)}`);
    const below = sorted.findLast((entry) => entry.rank < rank)?.value ?? NONE;
    if (index.nearestBelow(rank) !== below)
      expect.fail(`${where}: below is ${index.nearestBelow(rank)}, not ${below}`);
    const isAdding = random.chance(step % 600 < 300 ? 0.8 : 0.3);
    if (isAdding && held === undefined) {
      const value = random.below(2 ** 31);
      index.add(rank, value);
      sorted = [...sorted, { rank, value }].sort((a, b) => a.rank - b.rank);
    } else if (!isAdding && sorted.length > 0) {
      const leaving = held ?? random.pick(sorted);
      index.remove(leaving.rank);
      sorted = sorted.filter((entry) => entry !== leaving);
    }
  }
}

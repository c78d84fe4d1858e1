import { describe, expect, test } from "vitest";
import { IntegerMap, NONE } from "../../engine/book/integer-map.ts";
import { Random } from "../support/random.ts";

/** The sources of keys. Each stresses another part of the table. */
const KEY_SOURCES: Record<string, (random: Random) => number> = {
  "few small keys, so that each is deleted and added again": (random) => random.between(1, 40),
  "consecutive keys": (random) => random.between(1_000_000, 1_000_400),
  "keys that differ only above 32 bits": (random) => random.between(1, 300) * 2 ** 32 + 7,
  "sparse keys up to the largest": (random) => Number.MAX_SAFE_INTEGER - random.below(200) ** 5,
  "keys of all magnitudes": (random) => random.magnitude(Number.MAX_SAFE_INTEGER),
};

describe("IntegerMap", () => {
  test("an empty map has nothing", () => {
    const map = new IntegerMap();
    expect([map.size, map.get(1), map.delete(1)]).toEqual([0, NONE, false]);
  });

  test("an impossible key is not in the map", () => {
    const map = new IntegerMap(1);
    for (let key = 1; key <= 20; key++) map.set(key, 0);
    for (const key of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(map.get(key)).toBe(NONE);
  });

  test("setting a key again replaces its value", () => {
    const map = new IntegerMap(1);
    map.set(5, 1);
    map.set(5, 2);
    expect([map.size, map.get(5)]).toEqual([1, 2]);
  });

  test("grows from one entry to a hundred thousand and keeps them all", () => {
    const map = new IntegerMap(1);
    for (let key = 1; key <= 100_000; key++) map.set(key * 3, key);
    expect(map.size).toBe(100_000);
    for (let key = 1; key <= 100_000; key++) if (map.get(key * 3) !== key) expect.fail(`lost ${key * 3}`);
    for (let key = 1; key <= 100_000; key++) if (map.get(key * 3 + 1) !== NONE) expect.fail(`made up ${key}`);
  });

  for (const [name, drawKey] of Object.entries(KEY_SOURCES)) {
    test(`behaves like a Map: ${name}`, () => {
      for (let seed = 1; seed <= 20; seed++) compareWithMap(seed, drawKey);
    });
  }
});

function compareWithMap(seed: number, drawKey: (random: Random) => number): void {
  const random = new Random(seed);
  const map = new IntegerMap(random.pick([1, 2, 64]));
  const model = new Map<number, number>();
  for (let step = 0; step < 2_000; step++) {
    const key = drawKey(random);
    const where = `seed ${seed}, step ${step}, key ${key}`;
    // Phases of mostly adding and mostly deleting, so that long runs form and dissolve.
    if (random.chance(step % 500 < 250 ? 0.7 : 0.3)) {
      const value = random.below(2 ** 31);
      map.set(key, value);
      model.set(key, value);
    } else if (map.delete(key) !== model.delete(key)) expect.fail(`${where}: delete disagrees`);
    if (map.size !== model.size) expect.fail(`${where}: size ${map.size}, not ${model.size}`);
    if (map.get(key) !== (model.get(key) ?? NONE)) expect.fail(`${where}: holds ${map.get(key)}`);
    if (step % 20 === 0)
      for (const [known, value] of model)
        if (map.get(known) !== value) expect.fail(`${where}: ${known} holds ${map.get(known)}, not ${value}`);
  }
}

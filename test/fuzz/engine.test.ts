import { afterAll, describe, expect, test } from "vitest";
import { profileOf, runSeed } from "../support/differential.ts";
import { FUZZ_PROFILES } from "../support/fuzz-profiles.ts";
import { Sometimes } from "../support/sometimes.ts";
import { withEffort } from "./effort.ts";

/** The same seeds in every run. `npm run fuzz` explores others. */
const SEEDS = 40;
const COMMANDS_PER_SEED = withEffort(10_000);
const FIRST_SEED = FUZZ_PROFILES.length * 5_000;

describe(`${SEEDS * COMMANDS_PER_SEED} random commands on the engine's book and the naive one`, () => {
  const sometimes = new Sometimes();

  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    test(`seed ${seed}: ${profileOf(seed).name}`, { timeout: 120_000 }, () => {
      sometimes.add(runSeed(seed, COMMANDS_PER_SEED, 64));
    });
  }

  test("everything that should happen sometimes did", () => {
    expect(sometimes.missing).toEqual([]);
  });

  afterAll(() => {
    for (const [name, count] of sometimes.counts) console.log(`  ${String(count).padStart(8)} ${name}`);
  });
});

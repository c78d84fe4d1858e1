import { afterAll, describe, expect, test } from "vitest";
import { profileOf, runSeed } from "../support/differential.ts";
import { FUZZ_PROFILES } from "../support/fuzz-profiles.ts";
import { Sometimes } from "../support/sometimes.ts";

/** So many commands in all, the same in every run; `npm run fuzz` looks elsewhere. */
const COMMANDS = 400_000;
const COMMANDS_PER_SEED = 10_000;
const FIRST_SEED = FUZZ_PROFILES.length * 5_000;

describe(`${COMMANDS} random commands on the engine's book and the naive one`, () => {
  const sometimes = new Sometimes();

  for (let done = 0; done < COMMANDS; done += COMMANDS_PER_SEED) {
    const seed = FIRST_SEED + done / COMMANDS_PER_SEED;
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

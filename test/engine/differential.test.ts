import { afterAll, describe, expect, test } from "vitest";
import { withEffort } from "../fuzz/effort.ts";
import { profileOf, runSeed } from "../support/differential.ts";
import { FUZZ_PROFILES } from "../support/fuzz-profiles.ts";
import { Sometimes } from "../support/sometimes.ts";

/** Long runs grow the books. Short ones compare the folded and the restored state after every command. */
const LONG_COMMANDS = withEffort(10_000);
const SHORT_COMMANDS = withEffort(1_000);
const FIRST_SEED = FUZZ_PROFILES.length * 1_000;

/** Never the same twice, so that each run of the suite explores something new. */
const FRESH_SEED = Date.now() % 1_000_000_000;

describe("random commands on the engine's book and the naive one", () => {
  const sometimes = new Sometimes();

  for (const offset of FUZZ_PROFILES.keys()) {
    const seed = FIRST_SEED + offset;
    test(`${profileOf(seed).name}: ${LONG_COMMANDS} commands, seed ${seed}`, { timeout: 60_000 }, () => {
      sometimes.add(runSeed(seed, LONG_COMMANDS, 256));
    });
    const shortSeed = seed + FUZZ_PROFILES.length;
    test(`${profileOf(shortSeed).name}: hashes after each of ${SHORT_COMMANDS}, seed ${shortSeed}`, () => {
      sometimes.add(runSeed(shortSeed, SHORT_COMMANDS, 1));
    });
  }

  test(`a fresh seed, ${FRESH_SEED}: ${profileOf(FRESH_SEED).name}`, () => {
    runSeed(FRESH_SEED, SHORT_COMMANDS, 16);
  });

  test("everything that should happen sometimes did", () => {
    expect(sometimes.missing).toEqual([]);
  });

  afterAll(() => {
    const total = FUZZ_PROFILES.length * (LONG_COMMANDS + SHORT_COMMANDS) + SHORT_COMMANDS;
    console.log(`fuzz: ${total} commands, seeds ${FIRST_SEED} and up, fresh seed ${FRESH_SEED}`);
    for (const [name, count] of sometimes.counts) console.log(`  ${String(count).padStart(8)} ${name}`);
  });
});

import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instrumentEngine, type Mutant } from "../mutation/instrumented-engine.ts";
import { type Ended, runMutants } from "../mutation/mutation-run.ts";
import { runUnitTests } from "../mutation/unit-tests.ts";

let advance: { folder: string; mutants: Mutant[] };
let store: { folder: string; mutants: Mutant[] };
beforeAll(async () => {
  advance = await instrumentEngine("advance.ts");
  store = await instrumentEngine("order-store.ts");
});
afterAll(() => {
  for (const { folder } of [advance, store]) rmSync(folder, { recursive: true });
});

/** A mutant that is known to be bad: what is due exactly at the cutoff does not happen. */
function badMutant(): Mutant {
  const bad = advance.mutants.find(({ replacement }) => replacement === "dueMs < cutoffMs");
  return bad ?? expect.fail("advance.ts no longer compares what is due with the cutoff");
}

/** The mutants that a run does not notice. The run must report each mutant once. */
async function survivorsOf(mutants: readonly Mutant[], run: (ended: Ended) => Promise<void>) {
  const told: Mutant[] = [];
  const survivors: Mutant[] = [];
  await run((mutant, isNoticed) => {
    told.push(mutant);
    if (!isNoticed) survivors.push(mutant);
  });
  const byId = (a: Mutant, b: Mutant) => a.id.localeCompare(b.id);
  expect(told.sort(byId)).toEqual([...mutants].sort(byId));
  return survivors;
}

const quick = (folder: string, perProcess: number, commands = 20) => {
  return { folder, commands, seed: 1, perProcess, processes: 1 };
};

test.each([1, 2])(
  "a mutant that is known to be bad is noticed, and none is not, %i a process",
  async (perProcess) => {
    const bad = badMutant();
    const none = { ...bad, id: "nothing" };
    const run = (ended: Ended) => runMutants([bad, none], quick(advance.folder, perProcess), ended);
    expect(await survivorsOf([bad, none], run)).toEqual([none]);
  },
);

test("a mutant of code that is evaluated once is noticed, although it shares a process at first", async () => {
  const bad = store.mutants.find(({ replacement }) => replacement === "RECORD_BYTES * 8");
  if (bad === undefined) expect.fail("order-store.ts no longer divides its records into doubles");
  const none = { ...bad, id: "nothing" };
  const run = (ended: Ended) => runMutants([bad, none], quick(store.folder, 2, 100), ended);
  expect(await survivorsOf([bad, none], run)).toEqual([none]);
});

test("the unit tests notice a mutant that is known to be bad", async () => {
  const bad = badMutant();
  // The function itself checks that the tests pass without a mutant.
  const run = (ended: Ended) => runUnitTests([bad], advance.folder, 1, ended);
  expect(await survivorsOf([bad], run)).toEqual([]);
});

test("the text of an error is not mutated", () => {
  expect(advance.mutants.length).toBeGreaterThan(10);
  expect(advance.mutants.every(({ file }) => file === "engine/advance.ts")).toBe(true);
});

import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instrumentEngine, type Mutant } from "../mutation/instrumented-engine.ts";
import { findSurvivors } from "../mutation/mutation-run.ts";

let engine: { folder: string; mutants: Mutant[] };
beforeAll(async () => {
  engine = await instrumentEngine("advance.ts");
});
afterAll(() => rmSync(engine.folder, { recursive: true }));

const survivorsOf = (mutants: readonly Mutant[], perProcess: number) =>
  findSurvivors(
    mutants,
    { folder: engine.folder, commands: 20, seed: 1, perProcess, processes: 1 },
    () => {},
  );

test.each([1, 2])(
  "a mutant that is known to be bad is noticed, and none is not, %i a process",
  async (perProcess) => {
    // An order that expires first is passed over.
    const bad = engine.mutants.find(({ mutator, replacement }) => {
      return mutator === "EqualityOperator" && replacement === "expiry?.timeMs !== dueMs";
    });
    if (bad === undefined) expect.fail("advance.ts no longer compares the first expiry with what is due");
    const none = { ...bad, id: "none" };
    expect(await survivorsOf([bad, none], perProcess)).toEqual([none]);
  },
);

test("what an error says is no mutant", () => {
  expect(engine.mutants.length).toBeGreaterThan(10);
  expect(engine.mutants.every(({ file }) => file === "engine/advance.ts")).toBe(true);
});

import { expect, test } from "vitest";
import { Elapsed } from "../../../durable-objects/runtime/elapsed.ts";

test("time passes with the clock, and hardly with one that is set", () => {
  let nowMs = 1_000;
  const elapsed = new Elapsed(() => nowMs);
  const after = (toMs: number) => {
    nowMs = toMs;
    return elapsed.ms;
  };
  expect([after(1_000), after(1_250), after(2_250)]).toEqual([0, 250, 1_250]);
  expect(after(86_400_000), "a day forth").toBe(3_250);
  expect(after(86_400_100)).toBe(3_350);
  expect(after(2_000), "a day back").toBe(3_350);
  expect(after(2_100)).toBe(3_450);
});

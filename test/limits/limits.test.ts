import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runScenario } from "./run-scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

/** `npm run test:limits` uses a million. */
const SIZE = 10_000;
const VALUE_BYTES_MAX = 1_000_000;

describe(`${SIZE} orders are affected at once`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "edgebook-limits-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(SCENARIOS)("$name", async (scenario) => {
    const { failures } = await runScenario(scenario, { size: SIZE, valueBytesMax: VALUE_BYTES_MAX, folder });
    expect(failures).toEqual([]);
  });

  test("a value above the limit is noticed", async () => {
    const [scenario] = SCENARIOS;
    if (scenario === undefined) expect.fail("there is a first scenario");
    const { failures } = await runScenario(scenario, { size: SIZE, valueBytesMax: 10_000, folder });
    expect(failures.join("\n")).toMatch(/a value of \d+ bytes: UPDATE orders/);
  });

  test("an order that ended in another way is noticed", async () => {
    const scenario =
      SCENARIOS.find(({ name }) => name === "cancel-all") ?? expect.fail("there is a cancel-all");
    const other = {
      ...scenario,
      orders: (size: number) => ({ "many cancelled by_owner": size - 1, "many filled": 1 }),
    };
    const { failures } = await runScenario(other, { size: SIZE, valueBytesMax: VALUE_BYTES_MAX, folder });
    expect(failures).toEqual([
      `${SIZE} orders are stored as "many cancelled by_owner", and ${SIZE - 1} must be`,
      '0 orders are stored as "many filled", and 1 must be',
    ]);
  });
});

/**
 * Runs every command, timer and read with very many affected orders and trades, on workerd, while neighbours
 * trade and read.
 *
 *   npm run test:limits -- [--size 1000000] [--only NAME] [--value-max 1000000] [--gap-max MS]
 *
 * Exits with 1 if an order was lost, a neighbour failed, an answer was wrong, or a value was too large.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../host/build.ts";
import { readCommandLine } from "../../host/tools/command-line.ts";
import { describeMachine } from "../../load/machine.ts";
import { limitsTable, longestGapMs } from "./report.ts";
import { runScenario, type ScenarioResult } from "./run-scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const { values } = readCommandLine({
  name: "npm run test:limits",
  about: "Does to a large book what affects all of it, while neighbours trade and read.",
  options: {
    size: { type: "string", value: "N", help: "orders", default: "1000000" },
    only: { type: "string", value: "NAME", help: "the scenarios whose name has this in it", default: "" },
    "value-max": {
      type: "string",
      value: "BYTES",
      help: "the largest value that storage takes",
      default: "1000000",
    },
    "gap-max": {
      type: "string",
      value: "MS",
      help: "the longest wait that is no failure",
      default: "Infinity",
    },
  },
});
const size = positive("size");
const valueBytesMax = positive("value-max");
const gapMsMax = positive("gap-max");
const scenarios = SCENARIOS.filter(({ name }) => name.includes(values.only));
if (scenarios.length === 0)
  refuse(`--only must be a part of one of: ${SCENARIOS.map(({ name }) => name).join("; ")}`);

const folder = mkdtempSync(join(tmpdir(), "edgebook-limits-"));
try {
  await build();
  console.log(`${describeMachine(folder)}; ${size} orders\n`);
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const result = await runScenario(scenario, { size, valueBytesMax, folder });
    results.push(result);
    const told = `longest gap ${longestGapMs(result).toFixed(0)} ms, ${result.failures.length} failures`;
    console.log(`${result.name}: ${(result.elapsedMs / 1000).toFixed(1)} s, ${told}`);
    for (const failure of result.failures.slice(0, 10)) console.log(`  ${failure}`);
    if (result.failures.length > 0 || longestGapMs(result) > gapMsMax) process.exitCode = 1;
  }
  console.log(`\n${limitsTable(results)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function positive(name: "size" | "value-max" | "gap-max"): number {
  const number = Number(values[name]);
  if (number > 0) return number;
  return refuse(`--${name} must be above 0, but is "${values[name]}"`);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

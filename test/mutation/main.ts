/**
 * Changes the engine in every small way there is, one at a time, and tells which changes its tests do not notice.
 *
 *     npm run mutate -- [--only match.ts] [--commands 150] [--seed 1] [--processes 2]
 *
 * First many mutants a process with a short run of random commands; then each that was not noticed alone, from
 * the first line on, with ten times as many; then the unit tests of the engine.
 */
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { instrumentEngine } from "./instrumented-engine.ts";
import { findSurvivors } from "./mutation-run.ts";
import { findUnitSurvivors, passes } from "./unit-tests.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    commands: { type: "string", default: "150" },
    seed: { type: "string", default: "1" },
    processes: { type: "string", default: "2" },
  },
});
const { folder, mutants } = await instrumentEngine(values.only);
try {
  const common = { folder, seed: Number(values.seed), processes: Number(values.processes) };
  const commands = Number(values.commands);
  const tell = (what: string) => (done: number) => {
    if (process.stderr.isTTY || done % 100 === 0) process.stderr.write(`\r${what}: ${done}  `);
  };
  console.log(`${mutants.length} mutants, seed ${values.seed}`);
  const first = await findSurvivors(mutants, { ...common, commands, perProcess: 50 }, tell("mutants"));
  const alone = { ...common, commands: commands * 10, perProcess: 1 };
  const second = await findSurvivors(first, alone, tell("alone"));
  if (!(await passes(folder, { id: "none", file: "none" })))
    throw new Error("the unit tests fail without a mutant");
  const survivors = await findUnitSurvivors(second, folder, common.processes, tell("unit tests"));
  for (const { file, line, mutator, replacement } of survivors)
    console.log(`survived: ${file}:${line} ${mutator} ${replacement.replaceAll(/\s+/g, " ").slice(0, 120)}`);
  const killed = mutants.length - survivors.length;
  console.log(
    `${killed} of ${mutants.length} mutants noticed (${((100 * killed) / mutants.length).toFixed(1)} %)`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * Makes every possible small change to the engine, one at a time, and prints the changes that its tests do
 * not detect.
 *
 *   npm run mutate -- [--only match.ts] [--commands 150] [--seed 1] [--processes 2]
 *
 * The first stage is the tables of docs/MATCHING.md and a short run of random commands. The second stage, for
 * the survivors, is the unit tests of the engine. The third is four times as many other random commands. Each
 * stage must pass without a change before it begins. An interrupted run prints the survivors so far.
 */

import { rmSync } from "node:fs";
import { readCommandLine } from "../../host/tools/command-line.ts";
import { instrumentEngine } from "./instrumented-engine.ts";
import { type Ended, runMutants } from "./mutation-run.ts";
import { runUnitTests } from "./unit-tests.ts";

/** The interval of progress reports, if they cannot overwrite each other. */
const TELL_EVERY_MS = 30_000;

const { values } = readCommandLine({
  name: "npm run mutate",
  about:
    "Changes the engine in every small way, one at a time, and tells which changes its tests do not notice.",
  options: {
    only: { type: "string", value: "FILE", help: "changes one file alone" },
    commands: { type: "string", value: "N", help: "random commands of the first run", default: "150" },
    seed: { type: "string", value: "N", help: "makes the same commands again", default: "1" },
    processes: { type: "string", value: "N", help: "processes", default: "2" },
  },
});
const [commands, seed, processes] = [Number(values.commands), Number(values.seed), Number(values.processes)];
const { folder, mutants } = await instrumentEngine(values.only);
const survivors = new Set(mutants);
const startMs = Date.now();

function tellSurvivors(): void {
  const short = (text: string) => text.replaceAll(/\s+/g, " ").slice(0, 100);
  for (const { file, line, original, replacement } of survivors)
    console.log(`survived: ${file}:${line} ${short(original)} -> ${short(replacement)}`);
  const noticed = mutants.length - survivors.size;
  console.log(
    `${noticed} of ${mutants.length} mutants noticed (${((100 * noticed) / mutants.length).toFixed(1)} %)`,
  );
}

async function stage(what: string, run: (ended: Ended) => Promise<void>): Promise<void> {
  const total = survivors.size;
  let done = 0;
  let toldMs = Date.now();
  await run((mutant, isNoticed) => {
    done++;
    if (isNoticed) survivors.delete(mutant);
    if (!process.stderr.isTTY && Date.now() < toldMs + TELL_EVERY_MS) return;
    toldMs = Date.now();
    process.stderr.write(`${process.stderr.isTTY ? "\r" : "\n"}${what}: ${done} of ${total} `);
  });
  const seconds = Math.round((Date.now() - startMs) / 1_000);
  console.log(`\n${what}: ${total - survivors.size} of ${total} noticed, ${seconds} s since the start`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    console.log(`\n${signal}: a mutant that was still to be tried counts as a survivor`);
    tellSurvivors();
    rmSync(folder, { recursive: true });
    process.exit(1);
  });
try {
  console.log(`${mutants.length} mutants, seed ${seed}, ${process.version}`);
  const options = { folder, processes, perProcess: 50 };
  await stage("quick", (ended) => runMutants(mutants, { ...options, commands, seed }, ended));
  await stage("unit tests", (ended) => runUnitTests([...survivors], folder, processes, ended));
  const more = { ...options, commands: commands * 4, seed: seed + 1 };
  await stage("more commands", (ended) => runMutants([...survivors], more, ended));
  tellSurvivors();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

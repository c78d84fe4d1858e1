import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Mutant } from "./instrumented-engine.ts";
import { type Ended, inParallel } from "./mutation-run.ts";

/** A run that takes longer hangs, which counts as detected. */
const RUN_MS_MAX = 60_000;
/**
 * Slow tests. The quick suite has small versions of the first two; the others are needed only for their own
 * file.
 */
const SLOW = ["differential", "mutation", "client-index", "expiry-queue", "integer-map", "rank-index"];

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/**
 * Runs the engine's unit tests against each mutant, in separate processes. @throws if they fail without a
 * mutant.
 */
export async function runUnitTests(
  mutants: readonly Mutant[],
  folder: string,
  processes: number,
  ended: Ended,
): Promise<void> {
  if (!(await passes(folder, { id: "none", file: "none" })))
    throw new Error("the unit tests fail without a mutant");
  await inParallel(processes, [...mutants], async (mutant) => ended(mutant, !(await passes(folder, mutant))));
}

/** Whether the tests pass with a mutant. The instrumented code reads it from the environment. */
function passes(folder: string, { id, file }: Pick<Mutant, "id" | "file">): Promise<boolean> {
  const excluded = SLOW.filter((name) => file !== `engine/${name}.ts`);
  const exclude = excluded.flatMap((name) => ["--exclude", `**/${name}.test.ts`]);
  const quick = ["--bail", "1", "--no-isolate", "--no-file-parallelism"];
  const args = [vitest, "run", "--root", folder, ...quick, ...exclude, "test/engine"];
  // Otherwise a vitest that runs this would count as the parent of the other one.
  const outer = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const env = { ...Object.fromEntries(outer), __STRYKER_ACTIVE_MUTANT__: id };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: "ignore" });
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    const timer = setTimeout(kill, RUN_MS_MAX);
    child.once("exit", (code) => {
      process.off("exit", kill);
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

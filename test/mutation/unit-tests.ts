import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Mutant } from "./instrumented-engine.ts";
import { type Ended, inParallel } from "./mutation-run.ts";

/** A run that takes longer hangs, which is noticed too. */
const RUN_MS_MAX = 60_000;
/** Tests that run for long: the quick suite has the first two in small, the others are for their own file. */
const SLOW = ["differential", "mutation", "client-index", "expiry-queue", "integer-map", "rank-index"];

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/** Runs the engine's unit tests against each mutant, in processes of their own. @throws if they fail without one. */
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

/** Whether the tests pass with a mutant on; the instrumented code reads which from the environment. */
function passes(folder: string, { id, file }: Pick<Mutant, "id" | "file">): Promise<boolean> {
  const excluded = SLOW.filter((name) => file !== `engine/${name}.ts`);
  const exclude = excluded.flatMap((name) => ["--exclude", `**/${name}.test.ts`]);
  const quick = ["--bail", "1", "--no-isolate", "--no-file-parallelism"];
  const args = [vitest, "run", "--root", folder, ...quick, ...exclude, "test/engine"];
  // A vitest that runs this must not be taken for the parent of the other one.
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

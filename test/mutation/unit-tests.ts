import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Mutant } from "./instrumented-engine.ts";

/** A run that takes longer hangs, which is noticed too. */
const RUN_MS_MAX = 60_000;
/** Tests that run for seconds: the quick suite has the first two in small, the others are for their own file. */
const SLOW = ["differential", "mutation", "integer-map", "rank-index"];

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/** Runs the engine's unit tests against each mutant, in processes of their own. @returns those not noticed. */
export async function findUnitSurvivors(
  mutants: readonly Mutant[],
  folder: string,
  processes: number,
  tell: (done: number) => void,
): Promise<Mutant[]> {
  const left = [...mutants];
  const survived = new Set<Mutant>();
  let done = 0;
  const work = async (): Promise<void> => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      if (await passes(folder, mutant)) survived.add(mutant);
      tell(++done);
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return mutants.filter((mutant) => survived.has(mutant));
}

/** Whether the tests pass with a mutant on; the instrumented code reads which from the environment. */
export function passes(folder: string, { id, file }: Pick<Mutant, "id" | "file">): Promise<boolean> {
  const excluded = SLOW.filter((name) => file !== `engine/${name}.ts`);
  const exclude = excluded.flatMap((name) => ["--exclude", `**/${name}.test.ts`]);
  const quick = ["--bail", "1", "--no-isolate", "--no-file-parallelism"];
  const args = [vitest, "run", "--root", folder, ...quick, ...exclude, "test/engine"];
  const env = { ...process.env, __STRYKER_ACTIVE_MUTANT__: id };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MS_MAX);
    child.once("exit", (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

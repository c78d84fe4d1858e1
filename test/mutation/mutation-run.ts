import { fork } from "node:child_process";
import { join } from "node:path";
import type { Mutant } from "./instrumented-engine.ts";

/** A mutant that takes longer hangs, which is noticed too. */
const MUTANT_MS_MAX = 30_000;

export interface RunOptions {
  readonly folder: string;
  readonly commands: number;
  readonly seed: number;
  /** How many mutants one process takes on, one after the other. */
  readonly perProcess: number;
  readonly processes: number;
}

/** Runs the suite against each mutant. @returns those that it did not notice. */
export async function findSurvivors(
  mutants: readonly Mutant[],
  options: RunOptions,
  tell: (done: number) => void,
): Promise<Mutant[]> {
  const left = mutants.map(({ id }) => id);
  const survived = new Set<string>();
  let done = 0;
  const work = async (): Promise<void> => {
    for (
      let ids = left.splice(0, options.perProcess);
      ids.length > 0;
      ids = left.splice(0, options.perProcess)
    ) {
      while (ids.length > 0) {
        const { survivors, rest } = await runProcess(ids, options);
        for (const id of survivors) survived.add(id);
        done += ids.length - rest.length;
        tell(done);
        ids = rest;
      }
    }
  };
  await Promise.all(Array.from({ length: options.processes }, work));
  return mutants.filter(({ id }) => survived.has(id));
}

/** One process; where a mutant hangs or ends it, the rest are for the next. */
function runProcess(
  ids: readonly string[],
  { folder, commands, seed }: RunOptions,
): Promise<{ survivors: string[]; rest: string[] }> {
  return new Promise((resolve) => {
    const child = fork(join(folder, "test/mutation/worker.ts"), { cwd: folder, stdio: "ignore" });
    const survivors: string[] = [];
    let begun = -1;
    let timer: NodeJS.Timeout | undefined;
    child.on("message", (message: { begun?: string; ended?: string; isKilled?: boolean }) => {
      clearTimeout(timer);
      if (message.begun !== undefined) {
        begun++;
        timer = setTimeout(() => child.kill("SIGKILL"), MUTANT_MS_MAX);
      } else if (message.isKilled === false && message.ended !== undefined) survivors.push(message.ended);
    });
    child.once("exit", () => {
      clearTimeout(timer);
      resolve({ survivors, rest: ids.slice(Math.max(1, begun + 1)) });
    });
    child.send({ ids, commands, seed });
  });
}

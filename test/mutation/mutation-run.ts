import { fork } from "node:child_process";
import { join } from "node:path";
import type { Mutant } from "./instrumented-engine.ts";
import type { Message } from "./worker.ts";

/**
 * A mutant that takes this many times as long as a whole process without one hangs, which counts as detected.
 */
const HANG_FACTOR = 4;
const HANG_MS_MIN = 4_000;
/** A mutant that exceeds this memory also counts as detected. */
const HEAP_MB_MAX = 512;

export interface RunOptions {
  readonly folder: string;
  readonly commands: number;
  readonly seed: number;
  /** The number of mutants that one process tests, one after another. */
  readonly perProcess: number;
  readonly processes: number;
}

/** Called for each mutant, once it is known whether it is detected. */
export type Ended = (mutant: Mutant, isNoticed: boolean) => void;

/** Runs the quick suite against each mutant. @throws if the suite fails without a mutant. */
export async function runMutants(
  mutants: readonly Mutant[],
  options: RunOptions,
  ended: Ended,
): Promise<void> {
  const startMs = Date.now();
  const [control] = await runProcess(["none"], { ...options, hangMs: 60_000 });
  if (control !== false) throw new Error("the quick suite fails without a mutant");
  const hangMs = Math.max(HANG_MS_MIN, HANG_FACTOR * (Date.now() - startMs));
  const left = Array.from({ length: Math.ceil(mutants.length / options.perProcess) }, (_, part) =>
    mutants.slice(part * options.perProcess, (part + 1) * options.perProcess),
  );
  await inParallel(options.processes, left, async (group) => {
    const ids = group.map(({ id }) => id);
    const results = await runProcess(ids, { ...options, hangMs });
    const rest: Mutant[] = [];
    for (const [index, mutant] of group.entries()) {
      const isNoticed = results[index];
      if (isNoticed === "early") left.push([mutant]);
      else if (isNoticed === undefined) rest.push(mutant);
      else ended(mutant, isNoticed);
    }
    if (rest.length > 0) left.push(rest);
  });
}

/** Takes items from `left` until it is empty. Items may be added meanwhile. */
export async function inParallel<T>(
  count: number,
  left: T[],
  work: (one: T) => Promise<void>,
): Promise<void> {
  const take = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: count }, take));
}

type Result = boolean | "early" | undefined;

/**
 * Runs one process. If a mutant hangs or ends it, the next process gets the mutants after it.
 *
 * @returns for each mutant whether it was detected, "early" for a mutant that needs a process of its own,
 * undefined for one that has not run yet.
 */
function runProcess(
  ids: readonly string[],
  { folder, commands, seed, hangMs }: RunOptions & { readonly hangMs: number },
): Promise<Result[]> {
  return new Promise((resolve) => {
    const execArgv = [`--max-old-space-size=${HEAP_MB_MAX}`];
    const child = fork(join(folder, "test/mutation/worker.ts"), { cwd: folder, stdio: "ignore", execArgv });
    const results = new Map<string, Result>();
    // Until the first mutant begins, the engine is imported.
    let running = ids[0] as string;
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    let timer = setTimeout(kill, hangMs);
    child.on("message", (message: Message) => {
      clearTimeout(timer);
      timer = setTimeout(kill, hangMs);
      running = message.id;
      if (message.kind === "ended") results.set(message.id, message.isNoticed);
      if (message.kind === "early") results.set(message.id, "early");
    });
    child.once("exit", () => {
      process.off("exit", kill);
      clearTimeout(timer);
      if (!results.has(running)) results.set(running, true);
      resolve(ids.map((id) => results.get(id)));
    });
    child.send({ ids, commands, seed });
  });
}

/** Runs the quick suite against one mutant after the other, and tells its parent which are noticed. */
interface Task {
  readonly ids: readonly string[];
  readonly commands: number;
  readonly seed: number;
}

/** What a worker tells of a mutant. What is evaluated as the engine is imported must have a process of its own. */
export type Message =
  | { readonly kind: "begun"; readonly id: string }
  | { readonly kind: "ended"; readonly id: string; readonly isNoticed: boolean }
  | { readonly kind: "early"; readonly id: string };

/** A mutant that is reached more often, a command, has made a loop endless. */
const HITS_PER_COMMAND_MAX = 20_000;

/** How the instrumented engine and the worker talk; see `instrumentEngine`. */
interface Switches {
  activeMutant?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  /** The mutants reached while this is there. */
  reached?: Set<string> | undefined;
}
const switches: Switches = {};
(globalThis as { __stryker__?: Switches }).__stryker__ = switches;

const tell = (message: Message) => process.send?.(message);

process.once("message", async ({ ids, commands, seed }: Task) => {
  // Alone, a mutant is on from the first line, so that what is worked out only once is worked out with it.
  if (ids.length === 1) switches.activeMutant = ids[0];
  else switches.reached = new Set();
  let suite: typeof import("./quick-suite.ts") | undefined;
  try {
    suite = await import("./quick-suite.ts");
  } catch {
    // Noticed.
  }
  const { reached } = switches;
  switches.reached = undefined;
  for (const id of ids) {
    if (reached?.has(id)) {
      tell({ kind: "early", id });
      continue;
    }
    tell({ kind: "begun", id });
    Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit: commands * HITS_PER_COMMAND_MAX });
    let isNoticed = suite === undefined;
    try {
      suite?.runQuickSuite(commands, seed);
    } catch {
      isNoticed = true;
    }
    switches.activeMutant = undefined;
    tell({ kind: "ended", id, isNoticed });
  }
  process.disconnect();
});

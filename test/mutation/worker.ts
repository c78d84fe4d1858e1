/** Runs the quick suite against one mutant after another, and reports the detected ones to its parent. */
interface Task {
  readonly ids: readonly string[];
  readonly commands: number;
  readonly seed: number;
}

/**
 * The report of a mutant. A mutant of code that runs when the engine is imported must have a process of its
 * own.
 */
export type Message =
  | { readonly kind: "begun"; readonly id: string }
  | { readonly kind: "ended"; readonly id: string; readonly isNoticed: boolean }
  | { readonly kind: "early"; readonly id: string };

/** A mutant that is reached more often per command has made a loop endless. */
const HITS_PER_COMMAND_MAX = 20_000;

/** The interface between the instrumented engine and the worker; see `instrumentEngine`. */
interface Switches {
  activeMutant?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  /** If it is present, it collects the mutants reached. */
  reached?: Set<string> | undefined;
}
const switches: Switches = {};
(globalThis as { __stryker__?: Switches }).__stryker__ = switches;

const tell = (message: Message) => process.send?.(message);

process.once("message", async ({ ids, commands, seed }: Task) => {
  // A mutant with its own process is active from the first line, so that it affects values that are computed
  // once.
  if (ids.length === 1) switches.activeMutant = ids[0];
  else switches.reached = new Set();
  let suite: typeof import("./quick-suite.ts") | undefined;
  try {
    suite = await import("./quick-suite.ts");
  } catch {
    // The mutant is detected.
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

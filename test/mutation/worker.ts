/** Runs the quick suite against one mutant after the other, and tells its parent which are noticed. */
interface Task {
  readonly ids: readonly string[];
  readonly commands: number;
  readonly seed: number;
}

/** A mutant that is reached so often has made a loop endless. */
const HITS_MAX = 3_000_000;

interface Switches {
  activeMutant?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
}
const switches: Switches = {};
(globalThis as { __stryker__?: Switches }).__stryker__ = switches;

process.once("message", async ({ ids, commands, seed }: Task) => {
  // Alone, a mutant is on from the first line, so that what is worked out only once is worked out with it.
  if (ids.length === 1) switches.activeMutant = ids[0];
  let suite: typeof import("./quick-suite.ts") | undefined;
  let fault: unknown;
  try {
    suite = await import("./quick-suite.ts");
  } catch (error) {
    fault = error;
  }
  for (const id of ids) {
    process.send?.({ begun: id });
    Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit: HITS_MAX });
    let isKilled = fault !== undefined;
    try {
      suite?.runQuickSuite(commands, seed);
    } catch {
      isKilled = true;
    }
    switches.activeMutant = undefined;
    process.send?.({ ended: id, isKilled });
  }
  process.disconnect();
});

import type { FuzzStep } from "./command-generator.ts";
import { Differential } from "./differential.ts";
import type { FuzzProfile } from "./fuzz-profiles.ts";

/** A failing list of commands, and its failure. */
export interface ShrunkFailure {
  readonly run: Differential;
  readonly steps: readonly FuzzStep[];
  readonly message: string;
}

/**
 * Removes commands from a failing list while the rest still fails, in ever smaller pieces.
 *
 * @param isOver called before each try. It ends the search with the result so far.
 * @returns undefined if the list does not fail when it is run again.
 */
export function shrink(
  profile: FuzzProfile,
  steps: readonly FuzzStep[],
  isOver: () => boolean,
): ShrunkFailure | undefined {
  let failure = failureOf(profile, steps);
  if (failure === undefined) return undefined;
  let pieceSize = Math.ceil(failure.steps.length / 2);
  while (pieceSize >= 1 && !isOver()) {
    let hasShrunk = false;
    for (let from = failure.steps.length - pieceSize; from > -pieceSize && !isOver(); from -= pieceSize) {
      const start = Math.max(from, 0);
      const without = failure.steps.toSpliced(start, from + pieceSize - start);
      const stillFailing = failureOf(profile, without);
      if (stillFailing === undefined) continue;
      failure = stillFailing;
      hasShrunk = true;
    }
    if (pieceSize === 1 && !hasShrunk) break;
    pieceSize = hasShrunk ? pieceSize : Math.floor(pieceSize / 2);
  }
  return failure;
}

/** Runs a list and compares the states after every command. Returns the part up to the first failure. */
function failureOf(profile: FuzzProfile, steps: readonly FuzzStep[]): ShrunkFailure | undefined {
  const run = new Differential(profile.rules, 1);
  for (const [index, step] of steps.entries()) {
    try {
      run.step(step);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { run, steps: steps.slice(0, index + 1), message };
    }
  }
  return undefined;
}

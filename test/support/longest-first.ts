import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take long and are short themselves, or that mostly wait. */
export const LONGEST = [
  "test/limits/limits.test.ts",
  "test/soak/soak.test.ts",
  "test/system/late-history.test.ts",
  "test/system/damaged-history.test.ts",
  "test/mirror/faults.test.ts",
  "test/faults/postgres.test.ts",
  "test/system/crash.test.ts",
  "test/durable-objects/feed/feed-slow.test.ts",
  "test/worker/fuzz.test.ts",
  "test/durable-objects/recovery.test.ts",
  "test/engine/mutation.test.ts",
];

/**
 * Starts the longest files of a project first, so that none of them is left alone at the end. vitest does so
 * by the times of earlier runs; in a new checkout, which has none, it would start with the largest files.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    if (sorted.every((file) => this.ctx.cache.getTestSpecificationResult(file) !== undefined)) return sorted;
    const projects = Map.groupBy(sorted, ({ project }) => project.name);
    return [...projects.values()].flatMap((ofOne) => ofOne.sort((a, b) => rank(a) - rank(b)));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((path) => moduleId.endsWith(path));
  return at === -1 ? LONGEST.length : at;
}

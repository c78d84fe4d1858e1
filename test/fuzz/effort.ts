/**
 * The share of the work that tests with random input do: all of it with 1, as in CI, and a quarter by
 * default, so that local runs are short. Every test runs either way.
 */
const EFFORT = Number(process.env.TEST_EFFORT || 0.25);
if (!(EFFORT > 0))
  throw new Error(`TEST_EFFORT must be a number above 0, but is "${process.env.TEST_EFFORT}"`);

/** A share of a count. */
export function withEffort(count: number): number {
  return Math.ceil(count * EFFORT);
}

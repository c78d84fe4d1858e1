/**
 * How much of their work the tests do that try random things for long: 1 is all of it, as in CI; a quarter otherwise,
 * so that whoever changes something waits less. Every test runs either way.
 */
const EFFORT = Number(process.env.TEST_EFFORT || 0.25);
if (!(EFFORT > 0))
  throw new Error(`TEST_EFFORT must be a number above 0, and is "${process.env.TEST_EFFORT}"`);

/** So many of so many. */
export function withEffort(count: number): number {
  return Math.ceil(count * EFFORT);
}

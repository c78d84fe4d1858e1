import type { Random } from "../../test/support/random.ts";

/** Uniformly distributed from 0 up to, but excluding, 1. */
function uniform(random: Random): number {
  return random.bits32() / 2 ** 32;
}

/** Exponentially distributed with a mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - uniform(random));
}

/** Normally distributed around 0 with deviation 1. */
export function normal(random: Random): number {
  return Math.sqrt(exponential(random, 2)) * Math.cos(2 * Math.PI * uniform(random));
}

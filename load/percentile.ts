/**
 * The smallest value that at least a share of all are not above (nearest rank).
 * @param sorted smallest first.
 * @param share above 0, up to 1.
 * @returns NaN of no values.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

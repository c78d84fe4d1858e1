/**
 * The smallest value that at least a share of all values do not exceed (nearest rank).
 * @param sorted smallest first.
 * @param share above 0, up to 1.
 * @returns NaN without values.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

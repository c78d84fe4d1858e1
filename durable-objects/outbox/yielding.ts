/** Flushes so far, and the requests in them. */
export interface FlushCounts {
  readonly flushes: number;
  readonly requests: number;
}

/** With this many requests in a flush, orders wait for the object. */
const REQUESTS_BUSY = 12;
/** How long a sink waits after a batch, as a multiple of the time of the batch. */
const REST_FACTOR = 3;
const REST_MS_MAX = 2_000;
/** A sink that is further behind does not wait: it would never catch up. */
const LAG_EVENTS_MAX = 200_000;

/**
 * How long a sink waits before its next batch, in milliseconds. Shipping takes the thread on which orders are
 * matched, and on one's own machine a core. So while orders queue, it takes a quarter of the time, and catches up
 * when they do not.
 * @param before the flushes before the batch. @param after those after it. @param tookMs the time of the batch.
 * @param lagEvents how far the sink is behind.
 */
export function restMs(before: FlushCounts, after: FlushCounts, tookMs: number, lagEvents: number): number {
  const flushes = after.flushes - before.flushes;
  const isBusy = flushes > 0 && after.requests - before.requests >= REQUESTS_BUSY * flushes;
  if (!isBusy || lagEvents > LAG_EVENTS_MAX) return 0;
  return Math.min(REST_MS_MAX, Math.max(0, REST_FACTOR * tookMs));
}

let lastTime = { timeMs: 0, text: new Date(0).toISOString() };

/**
 * Formats milliseconds since 1970 as ISO 8601 in UTC. It caches the last text, since most times in one answer
 * are equal.
 */
export function isoTime(timeMs: number): string {
  if (timeMs !== lastTime.timeMs) lastTime = { timeMs, text: new Date(timeMs).toISOString() };
  return lastTime.text;
}

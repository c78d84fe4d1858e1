let lastTime = { timeMs: 0, text: new Date(0).toISOString() };

/** A time, in milliseconds since 1970, as ISO 8601 in UTC. Keeps the last one: most times shown together are equal. */
export function isoTime(timeMs: number): string {
  if (timeMs !== lastTime.timeMs) lastTime = { timeMs, text: new Date(timeMs).toISOString() };
  return lastTime.text;
}

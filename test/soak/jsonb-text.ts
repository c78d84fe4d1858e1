/**
 * Formats a value like Postgres prints a `jsonb`: keys by length, then by their bytes, with a space after
 * each colon and comma.
 * @param value plain objects, strings, whole numbers and booleans.
 */
export function jsonbText(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}: ${jsonbText(member)}`);
  return `{${members.join(", ")}}`;
}

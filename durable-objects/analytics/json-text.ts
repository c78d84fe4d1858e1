/** Formats JSON with bigints as text, since JSON has no large integers. Lists contain none. */
export function jsonText(value: object): string {
  return JSON.stringify(withTexts(value));
}

/** A copy. `JSON.stringify` with a function for each value would take several times as long. */
function withTexts(value: object): object {
  const copy: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    const isPlain = typeof each !== "object" || each === null || Array.isArray(each);
    if (typeof each === "bigint") copy[key] = each.toString();
    else copy[key] = isPlain ? each : withTexts(each);
  }
  return copy;
}

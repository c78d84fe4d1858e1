/** Formats JSON with bigints as text, since JSON has no large integers. Lists contain none. */
export function jsonText(value: object): string {
  return JSON.stringify(withTexts(value));
}

/** A copy. `JSON.stringify` with a function for each value would take several times as long. */
function withTexts(value: object): object {
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const each = (value as Record<string, unknown>)[key];
    if (typeof each === "bigint") copy[key] = each.toString();
    else if (typeof each !== "object" || each === null || Array.isArray(each)) copy[key] = each;
    else copy[key] = withTexts(each);
  }
  return copy;
}

/** Formats JSON with bigints as text, since JSON has no large integers. */
export function jsonText(value: object): string {
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each));
}

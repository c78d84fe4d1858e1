/** JSON in which large integers, which it does not know, are text. */
export function jsonText(value: object): string {
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each));
}

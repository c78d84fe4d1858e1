/**
 * Formats a decimal for people: its whole part in groups of three digits, with a number of digits after the
 * point. Further digits are cut off.
 */
export function amountText(amount: string, digits?: number): string {
  const [whole = "", fraction = ""] = amount.split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  const shown = digits === undefined ? fraction : fraction.slice(0, digits).padEnd(digits, "0");
  return shown === "" ? grouped : `${grouped}.${shown}`;
}

/** The number of digits after the point of a displayed quantity. */
export const QUANTITY_DIGITS = 4;

/**
 * A decimal text for people: its whole part in groups of three digits, so many digits behind the point, the rest
 * cut off.
 */
export function amountText(amount: string, digits?: number): string {
  const [whole = "", fraction = ""] = amount.split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  const shown = digits === undefined ? fraction : fraction.slice(0, digits).padEnd(digits, "0");
  return shown === "" ? grouped : `${grouped}.${shown}`;
}

/** Quantities have so many digits behind the point where people look at them. */
export const QUANTITY_DIGITS = 4;

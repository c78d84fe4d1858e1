/**
 * Decimals are text on the wire and integer counts inside. They are never floats.
 *
 * *Canonical* text has no plus sign, no exponent, no leading zeros except the one before the point, and no
 * trailing zeros after the point. Two texts of the same value have the same canonical text.
 */

/** More digits than any valid amount can have. It also bounds the work that an exponent can cause. */
export const DECIMAL_DIGITS_MAX = 40;

/** The fast path: almost every amount is canonical already. */
const CANONICAL = /^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const PLAIN = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;
const LITERAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The canonical text of a decimal string such as `"50000.10"`, or undefined if the string is not a plain
 * decimal.
 */
export function canonicalFromString(text: string): string | undefined {
  if (text.length <= DECIMAL_DIGITS_MAX && CANONICAL.test(text)) return text;
  // The sign and the point do not count as digits.
  if (text.length > DECIMAL_DIGITS_MAX + 2) return undefined;
  const parts = PLAIN.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = parts;
  if (whole.length + fraction.length > DECIMAL_DIGITS_MAX) return undefined;
  return canonical(sign, whole, fraction);
}

/** The canonical text of a JSON number literal, which may have an exponent: `5e-1` is `"0.5"`. */
export function canonicalFromLiteral(literal: string): string | undefined {
  if (literal.length <= DECIMAL_DIGITS_MAX && CANONICAL.test(literal)) return literal;
  const parts = LITERAL.exec(literal);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = parts;
  const exponent = Number(exponentText);
  if (whole.length + fraction.length + Math.abs(exponent) > DECIMAL_DIGITS_MAX) return undefined;
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return canonical(sign, "0", "0".repeat(-point) + digits);
  if (point >= digits.length) return canonical(sign, digits + "0".repeat(point - digits.length), "");
  return canonical(sign, digits.slice(0, point), digits.slice(point));
}

function canonical(sign: string, whole: string, fraction: string): string {
  let start = 0;
  while (start < whole.length - 1 && whole.charCodeAt(start) === ZERO) start++;
  let end = fraction.length;
  while (end > 0 && fraction.charCodeAt(end - 1) === ZERO) end--;
  const text = end === 0 ? whole.slice(start) : `${whole.slice(start)}.${fraction.slice(0, end)}`;
  return text === "0" ? text : sign + text;
}

const ZERO = 48;

/** A tick or lot size, `units` × 10^−`scale`: 0.05 is 5 × 10^−2. */
export interface Step {
  readonly scale: number;
  readonly units: number;
}

/**
 * Reads a tick or lot size.
 * @throws if the text is not a positive plain decimal of at most 15 digits.
 */
export function parseStep(text: string): Step {
  const plain = canonicalFromString(text);
  const [whole = "", fraction = ""] = (plain ?? "").split(".");
  const units = Number(whole + fraction);
  if (plain === undefined || !(units > 0) || whole.length + fraction.length > 15) {
    throw new Error(`"${text}" is not a step size`);
  }
  return { scale: fraction.length, units };
}

/** The smallest amount of the quote asset: the price of one lot at one tick. */
export function notionalStep(tick: Step, lot: Step): Step {
  return { scale: tick.scale + lot.scale, units: tick.units * lot.units };
}

/** Why a decimal is not a valid count of steps. */
export type StepFault = "not_positive" | "off_step" | "too_large";

/** The exact number of steps in a canonical decimal, or the reason why it is not a positive safe integer. */
export function countSteps(canonicalText: string, step: Step): number | StepFault {
  if (canonicalText.charCodeAt(0) === MINUS || canonicalText === "0") return "not_positive";
  const point = canonicalText.indexOf(".");
  const whole = point < 0 ? canonicalText : canonicalText.slice(0, point);
  const fraction = point < 0 ? "" : canonicalText.slice(point + 1);
  if (fraction.length > step.scale) return "off_step";
  const digits = whole + fraction.padEnd(step.scale, "0");
  if (digits.length <= SAFE_DIGITS) {
    const units = Number(digits);
    return units % step.units === 0 ? units / step.units : "off_step";
  }
  const units = BigInt(digits);
  if (units % BigInt(step.units) !== 0n) return "off_step";
  const count = units / BigInt(step.units);
  return count > BigInt(Number.MAX_SAFE_INTEGER) ? "too_large" : Number(count);
}

const MINUS = 45;
/** Any integer of this many digits is a safe one. */
const SAFE_DIGITS = 15;

/** A count of steps as decimal text, with exactly the step's number of digits after the point. */
export function formatSteps(count: number, step: Step): string {
  const units = count * step.units;
  return Number.isSafeInteger(units)
    ? withPoint(String(units), step.scale)
    : formatScaled(BigInt(count) * BigInt(step.units), step.scale);
}

/**
 * `units` × 10^−`scale` as decimal text with exactly `scale` digits after the point. `units` must not be
 * negative.
 */
export function formatScaled(units: bigint, scale: number): string {
  return withPoint(units.toString(), scale);
}

function withPoint(digits: string, scale: number): string {
  if (scale === 0) return digits;
  const padded = digits.padStart(scale + 1, "0");
  // Joined, like the parts of an order's id: JSON with it is written faster.
  return [padded.slice(0, -scale), padded.slice(-scale)].join(".");
}

/** `numerator` ÷ `denominator`, neither negative, rounded to the nearest integer, halves up. */
export function divideRoundedHalfUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator * 2n + denominator) / (denominator * 2n);
}

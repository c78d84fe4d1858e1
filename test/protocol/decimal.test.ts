import { describe, expect, test } from "vitest";
import {
  canonicalFromLiteral,
  canonicalFromString,
  countSteps,
  DECIMAL_DIGITS_MAX,
  divideRoundedHalfUp,
  formatScaled,
  formatSteps,
  parseStep,
  type StepFault,
} from "../../protocol/decimal.ts";
import { Random } from "../support/random.ts";

const SEEDS = [1, 2, 3, 4, 5];
const CASES_PER_SEED = 4_000;
const STEPS = ["1", "0.01", "0.00000001", "0.05", "0.25", "5", "100", "0.00000000000003"].map(parseStep);
const CANONICAL = /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/;

/** A decimal as an integer × 10^−`scale`: the oracle's exact arithmetic. */
function scaled(text: string, scale: number): bigint {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const shift = scale + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
}

/** Enough for every digit of every case. */
const SCALE = 100;

function digits(random: Random, length: number): string {
  const text = Array.from({ length }, () => random.below(10)).join("");
  return length > 1 && text.startsWith("0") ? `1${text.slice(1)}` : text;
}

/** A JSON number without an exponent, of at most 40 digits. Trailing and lone zeros are common. */
function plainLiteral(random: Random): string {
  const whole = random.chance(0.3) ? "0" : digits(random, random.between(1, 20));
  const fractionLength = random.below(21);
  const fraction = Array.from({ length: fractionLength }, () => (random.chance(0.4) ? 0 : random.below(10)));
  return `${random.chance(0.2) ? "-" : ""}${whole}${fractionLength > 0 ? `.${fraction.join("")}` : ""}`;
}

describe.each(SEEDS)("decimals of seed %i", (seed) => {
  test("a literal of at most 40 digits never changes its value, as a number or as a string", () => {
    const random = new Random(seed);
    for (let index = 0; index < CASES_PER_SEED; index++) {
      const literal = plainLiteral(random);
      for (const text of [canonicalFromLiteral(literal), canonicalFromString(literal)]) {
        expect(text, literal).toMatch(CANONICAL);
        expect(scaled(text ?? "", SCALE), literal).toBe(scaled(literal, SCALE));
      }
    }
  });

  test("an exponent moves the point exactly, or the literal is refused", () => {
    const random = new Random(seed);
    for (let index = 0; index < CASES_PER_SEED; index++) {
      const mantissa = plainLiteral(random);
      const exponent = random.between(-60, 60);
      const literal = `${mantissa}${random.pick(["e", "E"])}${exponent > 0 ? random.pick(["", "+"]) : ""}${exponent}`;
      const text = canonicalFromLiteral(literal);
      const cost = mantissa.replace(/[-.]/g, "").length + Math.abs(exponent);
      if (cost > DECIMAL_DIGITS_MAX) expect(text, literal).toBeUndefined();
      else expect(scaled(text ?? "", SCALE), literal).toBe(scaled(literal, SCALE));
      expect(canonicalFromString(literal), literal).toBeUndefined();
    }
  });

  test("equal values have one canonical text", () => {
    const random = new Random(seed);
    for (let index = 0; index < CASES_PER_SEED; index++) {
      const whole = `1${digits(random, random.between(1, 15))}`;
      const fraction = `${digits(random, random.between(1, 10))}1`;
      const zeros = "0".repeat(random.below(10));
      const expected = `${whole}.${fraction}`;
      expect(canonicalFromString(expected + zeros), expected).toBe(expected);
      expect(canonicalFromLiteral(`${whole}${fraction}e-${fraction.length}`), expected).toBe(expected);
    }
  });

  test("a count of steps survives formatting and parsing", () => {
    const random = new Random(seed);
    for (let index = 0; index < CASES_PER_SEED; index++) {
      const step = random.pick(STEPS);
      const count = random.magnitude(Number.MAX_SAFE_INTEGER);
      const text = formatSteps(count, step);
      expect(text, `${count} steps`).toMatch(
        step.scale === 0 ? /^\d+$/ : new RegExp(`^\\d+\\.\\d{${step.scale}}$`),
      );
      expect(countSteps(canonicalFromString(text) ?? "", step), text).toBe(count);
    }
  });

  test("counting steps agrees with exact integer arithmetic", () => {
    const random = new Random(seed);
    const seen = new Set<number | StepFault>();
    for (let index = 0; index < CASES_PER_SEED; index++) {
      const step = random.pick(STEPS);
      const text = canonicalFromString(plainLiteral(random)) ?? "";
      const result = countSteps(text, step);
      expect(result, `${text} in steps of ${step.units}e-${step.scale}`).toBe(countByOracle(text, step));
      seen.add(typeof result === "number" ? 1 : result);
    }
    expect([...seen].sort()).toEqual([1, "not_positive", "off_step", "too_large"]);
  });

  test("division rounds to the nearest, halves away from zero", () => {
    const random = new Random(seed);
    for (let index = 0; index < CASES_PER_SEED; index++) {
      const numerator = BigInt(digits(random, random.between(1, 30)));
      const denominator = BigInt(random.magnitude(1_000_000));
      const quotient = divideRoundedHalfUp(numerator, denominator);
      const twiceError = 2n * (quotient * denominator - numerator);
      expect(twiceError > -denominator && twiceError <= denominator, `${numerator}/${denominator}`).toBe(
        true,
      );
    }
  });
});

function countByOracle(text: string, step: { units: number; scale: number }): number | StepFault {
  const value = scaled(text, SCALE);
  if (value <= 0n) return "not_positive";
  const size = BigInt(step.units) * 10n ** BigInt(SCALE - step.scale);
  if (value % size !== 0n) return "off_step";
  const count = value / size;
  return count > BigInt(Number.MAX_SAFE_INTEGER) ? "too_large" : Number(count);
}

test.each([
  ..."1e3 1E3 NaN Infinity -Infinity +1 0x1 0b1 0o7 1. .5 . - -. -.5 00 01 -01 007.5 1.2.3 1,5 1_000".split(
    " ",
  ),
  "--1",
  "1-",
  "",
  " ",
  " 1",
  "1 ",
  "1\n",
  "\t1",
  "1\u0000",
  "1\u00a0",
  "١",
  "１",
  "½",
  "1n",
  "1f",
  "$1",
  "null",
  "true",
  "{}",
  "1/2",
  "1e",
  "e1",
  "0.5e1",
  "-+1",
  "−1",
  "9".repeat(400),
  `0.${"0".repeat(400)}`,
])("the string %j is not a plain decimal", (text) => {
  expect(canonicalFromString(text)).toBeUndefined();
});

test.each(["0", "-0", "0.0", "-0.000"])("%s is plain zero", (text) => {
  expect(canonicalFromString(text)).toBe("0");
  expect(canonicalFromLiteral(text)).toBe("0");
});

test.each(["1e999", "1e-999", "1e400", "0e41", `1${"0".repeat(40)}`, `0.${"0".repeat(40)}1`, "1e1000000000"])(
  "the literal %s is more than 40 digits",
  (literal) => {
    expect(canonicalFromLiteral(literal)).toBeUndefined();
  },
);

test("a string holds at most 40 digits, like a number", () => {
  for (const text of ["1".repeat(41), "1".repeat(42), `1.${"1".repeat(40)}`, `-${"1".repeat(41)}`]) {
    expect(canonicalFromString(text), text).toBeUndefined();
    expect(canonicalFromLiteral(text), text).toBeUndefined();
  }
  for (const text of ["1".repeat(40), `-1.${"1".repeat(39)}`]) {
    expect(canonicalFromString(text)).toBe(text);
    expect(canonicalFromLiteral(text)).toBe(text);
  }
});

test.each(["0", "-1", "0.00", "1e-2", "", "abc", "0.0000000000000001", "1234567890123456", "+1", "NaN"])(
  "%j is no step size",
  (text) => {
    expect(() => parseStep(text)).toThrow(`"${text}" is not a step size`);
  },
);

test("exact sums beyond 2^53 are written with all their digits", () => {
  expect(formatScaled(123456789012345678901234567890n, 10)).toBe("12345678901234567890.1234567890");
  expect(formatScaled(0n, 2)).toBe("0.00");
  expect(formatScaled(7n, 3)).toBe("0.007");
});

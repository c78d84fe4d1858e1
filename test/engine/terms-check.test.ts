import { expect, test } from "vitest";
import { Taker } from "../../engine/taker.ts";
import { areTermsValid } from "../../engine/terms-check.ts";
import {
  ORDER_TYPES,
  type OrderTerms,
  type OrderType,
  TIMES_IN_FORCE,
} from "../../engine/vocabulary/terms.ts";
import { BUY, SELL, UNIT_MAX } from "../../engine/vocabulary/units.ts";

/** The rules once more, each as a sentence of docs/MATCHING.md would state it. */
function expected(type: OrderType, hasPrice: boolean, lots: number, terms: OrderTerms): boolean {
  const { timeInForce = "gtc", expiresAtMs, postOnly, displayLots, quoteBudget } = terms;
  const { stopPriceTicks, trailTicks, trailBasisPoints, linkedTo } = terms;
  const amount = (value: number | undefined, most = UNIT_MAX) =>
    value === undefined || (value > 0 && value < most) || value === most;
  const rules: boolean[] = [
    ["limit", "stop_limit"].includes(type) === hasPrice,
    ["gtd", "day"].includes(timeInForce) === (expiresAtMs !== undefined),
    type !== "market" || !["gtd", "day"].includes(timeInForce),
    !["stop", "trailing_stop"].includes(type) || !["ioc", "fok"].includes(timeInForce),
    linkedTo === undefined || !["ioc", "fok"].includes(timeInForce),
    postOnly === undefined || (type === "limit" && !["ioc", "fok"].includes(timeInForce)),
    displayLots === undefined ||
      (hasPrice && !["ioc", "fok"].includes(timeInForce) && amount(displayLots) && displayLots <= lots),
    quoteBudget === undefined ||
      (type === "market" && timeInForce !== "fok" && lots === 0 && amount(quoteBudget)),
    ["stop", "stop_limit"].includes(type) === (stopPriceTicks !== undefined),
    type === "trailing_stop"
      ? [trailTicks, trailBasisPoints].filter((trail) => trail !== undefined).length === 1
      : (trailTicks ?? trailBasisPoints) === undefined,
    amount(trailTicks) && amount(trailBasisPoints, 10_000),
  ];
  return rules.every(Boolean);
}

test("terms are valid if and only if every rule about them holds", () => {
  const choices: Record<string, readonly unknown[]> = {
    timeInForce: [undefined, ...TIMES_IN_FORCE],
    expiresAtMs: [undefined, 9],
    postOnly: [undefined, true],
    displayLots: [undefined, 0, 1, 5, 6],
    quoteBudget: [undefined, 0, 1, UNIT_MAX, UNIT_MAX + 1],
    stopPriceTicks: [undefined, 7],
    trailTicks: [undefined, 0, 1, UNIT_MAX, UNIT_MAX + 1],
    trailBasisPoints: [undefined, 0, 1, 10_000, 10_001],
    linkedTo: [undefined, 3],
  };
  const base = {
    stop: { stopPriceTicks: 7 },
    stop_limit: { stopPriceTicks: 7 },
    trailing_stop: { trailTicks: 3 },
  };
  const names = Object.keys(choices);
  let valid = 0;
  let invalid = 0;
  for (const type of ORDER_TYPES) {
    for (const side of [BUY, SELL]) {
      for (const priceTicks of [undefined, 10]) {
        for (const lots of [0, 5]) {
          // Every pair of terms, in addition to those that the type requires.
          for (const [at, first] of names.entries()) {
            for (const second of names.slice(at)) {
              for (const a of choices[first] ?? []) {
                for (const b of choices[second] ?? []) {
                  const needed = (base as Record<string, object>)[type] ?? {};
                  const all = { ...needed, [first]: a, [second]: b };
                  const terms = Object.fromEntries(
                    Object.entries(all).filter(([, value]) => value !== undefined),
                  );
                  const taker = new Taker(
                    { client: 1, side, priceTicks, quantityLots: lots },
                    type,
                    terms as OrderTerms,
                  );
                  const wanted = expected(type, priceTicks !== undefined, lots, terms);
                  expect(
                    areTermsValid(taker),
                    `${type} ${side} ${priceTicks} ${lots} ${JSON.stringify(terms)}`,
                  ).toBe(wanted);
                  if (wanted) valid++;
                  else invalid++;
                }
              }
            }
          }
        }
      }
    }
  }
  expect(Math.min(valid, invalid)).toBeGreaterThan(200);
});

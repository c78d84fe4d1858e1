import { expect, test } from "vitest";
import { isBeyond } from "../../engine/admit.ts";
import type { RejectReason } from "../../engine/vocabulary/reject-reason.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";

const { minimumPriceTicks: lowest, maximumPriceTicks: highest } = SCRIPT_RULES;

test.each([
  ["price_below_minimum", lowest - 1, true],
  ["price_below_minimum", lowest, false],
  ["price_below_minimum", highest + 1, false],
  ["price_above_maximum", highest + 1, true],
  ["price_above_maximum", highest, false],
  ["price_above_maximum", lowest - 1, false],
  ["stop_price_above_maximum", highest + 1, false],
  ["would_take", lowest - 1, false],
] as const satisfies readonly (readonly [RejectReason, number, boolean])[])(
  "for %s the price %i is beyond the bound: %s",
  (reason, priceTicks, expected) => {
    expect(isBeyond(SCRIPT_RULES, reason, priceTicks)).toBe(expected);
  },
);

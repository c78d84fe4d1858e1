import { expect, test } from "vitest";
import type { BookCounters } from "../../engine/book/order-book.ts";
import { bookOf, type OpenOrder } from "../../engine/book/snapshot.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import type { MassCancel } from "../../engine/vocabulary/unfinished.ts";
import { BUY } from "../../engine/vocabulary/units.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";

const RULES = {
  ...SCRIPT_RULES,
  volatility: { moveBasisPoints: 500, windowMs: 1_000, haltMs: 1_000, auctionMs: 1_000 },
};

const COUNTERS: BookCounters = {
  sequence: 40,
  tradeNumber: 7,
  timeMs: 1_000,
  lastTradePriceTicks: 105,
  status: "trading",
  statusUntilMs: undefined,
  unfinished: undefined,
  window: { lows: [{ timeMs: 900, priceTicks: 100 }], highs: [{ timeMs: 950, priceTicks: 110 }] },
};

const RESTING: OpenOrder = {
  orderNumber: 3,
  client: 1,
  side: BUY,
  priceTicks: 104,
  quantityLots: 9,
  remainingLots: 9,
  selfTrade: "none",
  terms: undefined,
  displayedLots: 9,
  isWaiting: false,
  anchorTicks: undefined,
  isReached: false,
};
const STOP: OpenOrder = {
  ...RESTING,
  orderNumber: 5,
  priceTicks: undefined,
  isWaiting: true,
  terms: { stopPriceTicks: 120 as never },
};
const TRAILING: OpenOrder = { ...STOP, orderNumber: 6, terms: { trailTicks: 4 }, anchorTicks: 100 };

const hashOf = (counters: Partial<BookCounters>, ...orders: OpenOrder[]) =>
  stateHash(bookOf(RULES as never, { ...COUNTERS, ...counters }, orders));

const withTerms = (order: OpenOrder, terms: Record<string, unknown>): OpenOrder => ({
  ...order,
  terms: { ...order.terms, ...terms } as OrderTerms,
});

const UNCROSS = {
  priceTicks: 9 as never,
  leftLots: 9 as never,
  status: "trading",
  reason: "operator",
} as const;

function massCancel(client: number, throughNumber: number, side?: typeof BUY): MassCancel {
  return {
    client: client as never,
    throughNumber: throughNumber as never,
    ...(side === undefined ? {} : { side }),
  };
}

test("the hash differs whenever a single part of the state of terms or rules differs", () => {
  const window = (lows: [number, number][], highs: [number, number][]) => {
    const points = (pairs: [number, number][]) =>
      pairs.map(([timeMs, priceTicks]) => ({ timeMs: timeMs as never, priceTicks: priceTicks as never }));
    return { window: { lows: points(lows), highs: points(highs) } };
  };
  const hashes: Record<string, string> = {
    nothing: hashOf({}, RESTING),
    "expiries left": hashOf({ unfinished: { expiringMs: 900 as never } }, RESTING),
    "buy stops left": hashOf({ unfinished: { reachedBuyTicks: 900 as never } }, RESTING),
    "sell stops left": hashOf({ unfinished: { reachedSellTicks: 900 as never } }, RESTING),
    "cancels left": hashOf({ unfinished: { massCancels: [massCancel(1, 900)] } }, RESTING),
    "cancels left of another": hashOf({ unfinished: { massCancels: [massCancel(2, 900)] } }, RESTING),
    "cancels left of a buyer": hashOf({ unfinished: { massCancels: [massCancel(1, 900, BUY)] } }, RESTING),
    "cancels left of fewer": hashOf({ unfinished: { massCancels: [massCancel(1, 899)] } }, RESTING),
    "cancels left twice": hashOf(
      { unfinished: { massCancels: [massCancel(1, 900), massCancel(1, 900)] } },
      RESTING,
    ),
    "an uncross left": hashOf({ unfinished: { uncross: UNCROSS } }, RESTING),
    "one at another price": hashOf(
      { unfinished: { uncross: { ...UNCROSS, priceTicks: 8 as never } } },
      RESTING,
    ),
    "one of less": hashOf({ unfinished: { uncross: { ...UNCROSS, leftLots: 8 as never } } }, RESTING),
    "one to another status": hashOf(
      { unfinished: { uncross: { ...UNCROSS, status: "post_only" } } },
      RESTING,
    ),
    status: hashOf({ status: "halted" }, RESTING),
    "when it ends": hashOf({ statusUntilMs: 9 }, RESTING),
    "a low's price": hashOf(window([[900, 99]], [[950, 110]]), RESTING),
    "a low's time": hashOf(window([[901, 100]], [[950, 110]]), RESTING),
    "a high's price": hashOf(window([[900, 100]], [[950, 111]]), RESTING),
    "a high's time": hashOf(window([[900, 100]], [[951, 110]]), RESTING),
    "no low": hashOf(window([], [[950, 110]]), RESTING),
    "a low as a high": hashOf(
      window(
        [],
        [
          [900, 100],
          [950, 110],
        ],
      ),
      RESTING,
    ),
    "a high as a low": hashOf(
      window(
        [
          [900, 100],
          [950, 110],
        ],
        [],
      ),
      RESTING,
    ),
    "self-trade mode": hashOf({}, { ...RESTING, selfTrade: "decrement" }),
    "post-only": hashOf({}, withTerms(RESTING, { postOnly: true })),
    expiry: hashOf({}, withTerms(RESTING, { timeInForce: "gtd", expiresAtMs: 5_000 })),
    "another expiry": hashOf({}, withTerms(RESTING, { timeInForce: "gtd", expiresAtMs: 5_001 })),
    "slice size": hashOf({}, withTerms(RESTING, { displayLots: 4 })),
    "what is shown": hashOf({}, { ...withTerms(RESTING, { displayLots: 4 }), displayedLots: 3 }),
    "group zero": hashOf({}, withTerms(RESTING, { groupNumber: 0 })),
    "group one": hashOf({}, withTerms(RESTING, { groupNumber: 1 })),
    "group two": hashOf({}, withTerms(RESTING, { groupNumber: 2 })),
    link: hashOf({}, withTerms(RESTING, { linkedTo: 5 })),
    "another link": hashOf({}, withTerms(RESTING, { linkedTo: 6 })),
    stop: hashOf({}, STOP),
    "stop price": hashOf({}, withTerms(STOP, { stopPriceTicks: 121 })),
    "a stop's limit": hashOf({}, { ...STOP, priceTicks: 122 }),
    "another limit": hashOf({}, { ...STOP, priceTicks: 123 }),
    reached: hashOf({}, { ...STOP, isReached: true }),
    trail: hashOf({}, TRAILING),
    "trail in ticks": hashOf({}, withTerms(TRAILING, { trailTicks: 5 })),
    "trail in basis points": hashOf({}, { ...TRAILING, terms: { trailBasisPoints: 4 } }),
    "more basis points": hashOf({}, { ...TRAILING, terms: { trailBasisPoints: 5 } }),
    anchor: hashOf({}, { ...TRAILING, anchorTicks: 101 }),
  };
  const byHash = Map.groupBy(Object.entries(hashes), ([, hash]) => hash);
  for (const same of byHash.values()) expect(same.map(([name]) => name)).toHaveLength(1);
  for (const hash of Object.values(hashes)) expect(hash).toMatch(/^[0-9a-f]{16}$/);
});

test("the hash of a state never changes: Postgres has hashes of earlier versions", () => {
  expect(hashOf({}, RESTING, STOP, TRAILING)).toBe("d692d8de1ed353a5");
  const iceberg = withTerms(RESTING, { displayLots: 4, timeInForce: "gtd", expiresAtMs: 5_000 });
  expect(hashOf({}, { ...iceberg, displayedLots: 3 })).toBe("fe669a631493dcae");
  const postOnly = withTerms(RESTING, { postOnly: true });
  expect(hashOf({}, postOnly, { ...STOP, isReached: true })).toBe("d33830143a124bf2");
});

test("an order that rests has a price", () => {
  expect(() => hashOf({}, { ...RESTING, priceTicks: undefined })).toThrow("order 3 rests at no price");
});

import { describe, expect, test } from "vitest";
import { EventBuffer } from "../../engine/event-buffer.ts";
import { applyGroup } from "../../engine/group.ts";
import { OrderBook } from "../../engine/order-book.ts";
import { stateHash } from "../../engine/state-hash.ts";
import type { OrderTerms } from "../../engine/terms.ts";
import { SCRIPT_RULES } from "../support/book-script.ts";
import { CommandGenerator, type FuzzStep } from "../support/command-generator.ts";
import { FUZZ_PROFILES } from "../support/fuzz-profiles.ts";
import { Random } from "../support/random.ts";
import { EngineBook } from "../support/test-book.ts";

const place = { kind: "place_limit", timeMs: 5, client: 1, side: 0, priceTicks: 9, quantityLots: 3 } as never;
const refused = { kind: "cancel", timeMs: 5, orderNumber: 99 } as never;

describe("a group of commands", () => {
  test("is applied whole, its events in a row", () => {
    const [book, events] = [new OrderBook(SCRIPT_RULES), new EventBuffer()];
    expect(applyGroup(book, [place, place], events)).toBeUndefined();
    expect([book.sequence, events.length, book.restingCount]).toEqual([4, 4, 2]);
    expect(applyGroup(book, [], events)).toBeUndefined();
  });

  test("leaves nothing when one is refused, and keeps the events that were there before", () => {
    const [book, events] = [new OrderBook(SCRIPT_RULES), new EventBuffer()];
    applyGroup(book, [place], events);
    const before = [stateHash(book), [...events]];
    expect(applyGroup(book, [place, refused, place], events)).toEqual({
      index: 1,
      reason: "order_not_resting",
    });
    expect([stateHash(book), [...events]]).toEqual(before);
    expect(applyGroup(book, [place], events)).toBeUndefined();
  });

  test("cannot be opened twice, or closed when none is open", () => {
    const book = new OrderBook(SCRIPT_RULES);
    expect(() => book.commit()).toThrow("no group");
    book.begin();
    expect(() => book.begin()).toThrow("open already");
    book.rollback();
    expect(() => book.rollback()).toThrow("no group");
  });

  // A long group goes through everything, and what it is taken back to must behave as if it never was.
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`is taken back exactly after hundreds of commands of any kind, seed ${seed}`, () => {
      const profile = FUZZ_PROFILES.filter(({ hasTerms }) => hasTerms)[seed % 3];
      if (profile === undefined) throw new Error("no profile has terms");
      const [tried, untouched] = [new EngineBook(profile.rules), new EngineBook(profile.rules)];
      const generator = new CommandGenerator(profile, new Random(seed));
      const run = (book: EngineBook, steps: readonly FuzzStep[]) =>
        steps.flatMap((step) => (step.kind === "group" || "target" in step ? [] : [book.apply(step)]));
      const draw = (count: number) => Array.from({ length: count }, () => generator.next(tried));
      const [first, grouped, last] = [draw(300), draw(300), draw(300)];
      const later = (steps: readonly FuzzStep[]) => steps.filter((step) => step.kind !== "group");
      run(tried, first);
      run(untouched, first);
      const due = tried.book.nextDueMs;
      const before = stateHash(tried.book);
      tried.book.begin();
      run(tried, grouped);
      expect(stateHash(tried.book)).not.toBe(before);
      tried.book.rollback();
      expect([stateHash(tried.book), tried.book.nextDueMs]).toEqual([before, due]);
      expect(run(tried, later(last))).toEqual(run(untouched, later(last)));
      expect(stateHash(tried.book)).toBe(stateHash(untouched.book));
      expect(tried.book.orders.count).toBe(untouched.book.orders.count);
    });
  }
});

test("terms that do not go together are refused before anything is looked at", () => {
  const book = new OrderBook(SCRIPT_RULES);
  const terms: OrderTerms = { postOnly: true, timeInForce: "ioc" };
  const command = { ...(place as object), kind: "place", type: "limit", priceTicks: 0, terms } as never;
  expect(applyGroup(book, [command], new EventBuffer())).toEqual({ index: 0, reason: "terms_invalid" });
});

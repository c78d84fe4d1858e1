import { describe, expect, test } from "vitest";
import { OrderBook } from "../../engine/book/order-book.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import { applyGroup } from "../../engine/group.ts";
import { EventBuffer } from "../../engine/vocabulary/event-buffer.ts";
import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import { runBookScript, SCRIPT_RULES } from "../support/book-script.ts";
import { CommandGenerator, type FuzzStep } from "../support/command-generator.ts";
import { totalsOf } from "../support/fold-checker.ts";
import { FUZZ_PROFILES } from "../support/fuzz-profiles.ts";
import { Random } from "../support/random.ts";
import { parseCommand } from "../support/script-command.ts";
import { EngineBook } from "../support/test-book.ts";

const place = { kind: "place_limit", timeMs: 5, client: 1, side: 0, priceTicks: 9, quantityLots: 3 } as never;
const refused = { kind: "cancel", timeMs: 5, orderNumber: 99 } as never;

/** What a group may do to open orders, as rows of a book script: the setup, and the group's commands. */
const TAKEN_BACK: Record<string, [before: readonly string[], group: readonly string[]]> = {
  "a slice that is used up": [["A sell 8 @ 101 show 3", "B sell 4 @ 101"], ["C buy 4 @ 101 by 2"]],
  "an iceberg that is filled": [["A sell 8 @ 101 show 3", "B sell 4 @ 101"], ["C buy 12 @ 101 by 2"]],
  "an iceberg of less quantity": [["A sell 8 @ 101 show 3", "B sell 4 @ 101"], ["amend #1 to 2"]],
  "an iceberg between others that is cancelled": [
    ["A sell 1 @ 101", "B sell 8 @ 101 show 3", "C sell 4 @ 101"],
    ["cancel #3"],
  ],
  "an order that is decremented": [["A sell 8 @ 101 show 3"], ["B buy 6 @ 101 stp decrement"]],
  "an order that expires": [["A sell 5 @ 101 gtd 50", "B sell 5 @ 101 gtd 60"], ["cancel #1"]],
  "a stop of another price and quantity": [["A sell 2 @ market stop 95"], ["amend #1 to 1 stop 90"]],
  "a stop that is reached": [
    ["A buy 1 @ 95", "B buy 5 @ 94", "C sell 1 @ market stop 95"],
    ["D sell 1 @ 95 by 2"],
  ],
  "a reached stop of another price": [
    ["A buy 1 @ 95", "B sell 1 @ market stop 95", "status auction", "C sell 1 @ 95 by 2", "status post_only"],
    ["amend #3 stop 80"],
  ],
  "a trailing stop that follows its first trade": [
    ["A sell 3 @ market trail 5", "B sell 1 @ 100"],
    ["C buy 1 @ 100"],
  ],
  "a trailing stop that follows on": [
    ["A sell 3 @ market trail 5", "B sell 2 @ 100", "C buy 1 @ 100", "D sell 1 @ 110"],
    ["E buy 2 @ 110 by 2"],
  ],
  "a pair of which one is cancelled": [["A+B sell 5 @ 110 stop 95"], ["cancel #1"]],
  "a pair of which one trades": [["A+B sell 5 @ 110 stop 95"], ["C buy 2 @ 110 by 2"]],
};

describe("a group of commands", () => {
  test("is applied whole, its events in a row", () => {
    const [book, events] = [new OrderBook(SCRIPT_RULES), new EventBuffer()];
    expect(applyGroup(book, [place, place], events)).toBeUndefined();
    expect([book.sequence, events.length, book.restingCount]).toEqual([4, 4, 2]);
    expect(applyGroup(book, [], events)).toBeUndefined();
  });

  test("has no effect when one command is rejected, and keeps the earlier events", () => {
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
    expect(() => book.undo.add(() => {})).toThrow("no group");
  });

  test.each(Object.entries(TAKEN_BACK))(
    "takes back %s, and nothing remembers it",
    (_name, [before, group]) => {
      const books = [new EngineBook(SCRIPT_RULES), new EngineBook(SCRIPT_RULES)] as const;
      const [tried, untouched] = books;
      for (const book of books)
        runBookScript(["| command |", ...before.map((row) => `| ${row} |`)].join("\n"), () => book);
      const commandOf = (row: string, at: number) => parseCommand(row, 20 + at, new Map()).command;
      const due = tried.book.nextDueMs;
      const hash = stateHash(tried.book);
      tried.book.begin();
      for (const command of group.map(commandOf)) expect(tried.apply(command).reject).toBeUndefined();
      expect(stateHash(tried.book)).not.toBe(hash);
      tried.book.rollback();
      expect([stateHash(tried.book), tried.book.nextDueMs]).toEqual([hash, due]);
      expect(totalsOf(tried.book)).toEqual(totalsOf(untouched.book));
      const later = [
        "status trading",
        "X sell 1 @ 90 by 3",
        "Y buy 3 @ 101 by 4",
        "cancel all of 3",
        "Z buy 30 @ 120 by 4",
        "cancel all of 4",
        "W sell 30 @ 80 by 5",
        "cancel all of 1",
        "advance to 99",
      ].map(commandOf);
      for (const command of later) expect(tried.apply(command)).toEqual(untouched.apply(command));
      expect(stateHash(tried.book)).toBe(stateHash(untouched.book));
    },
  );

  // A long group goes through everything. The restored state must then behave as if the group had never run.
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`is undone exactly after hundreds of commands of any kind, seed ${seed}`, () => {
      const profile = FUZZ_PROFILES.filter(({ hasTerms }) => hasTerms)[seed % 3];
      if (profile === undefined) throw new Error("no profile has terms");
      const [tried, untouched] = [new EngineBook(profile.rules), new EngineBook(profile.rules)];
      const generator = new CommandGenerator(profile, new Random(seed));
      const run = (book: EngineBook, steps: readonly FuzzStep[]) =>
        steps.flatMap((step) => {
          if (step.kind === "group" || "target" in step) return [];
          const { timeMs } = step;
          // Nothing else may come before an uncross is done.
          while (book.book.work.uncross !== undefined)
            book.apply({ kind: "advance", timeMs, cutoffMs: timeMs });
          return [book.apply(step)];
        });
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
      expect(totalsOf(tried.book)).toEqual(totalsOf(untouched.book));
      expect(run(tried, later(last))).toEqual(run(untouched, later(last)));
      expect(stateHash(tried.book)).toBe(stateHash(untouched.book));
      expect(tried.book.orders.count).toBe(untouched.book.orders.count);
    });
  }
});

test("inconsistent terms are rejected before anything else", () => {
  const book = new OrderBook(SCRIPT_RULES);
  const terms: OrderTerms = { postOnly: true, timeInForce: "ioc" };
  const command = { ...(place as object), kind: "place", type: "limit", priceTicks: 0, terms } as never;
  expect(applyGroup(book, [command], new EventBuffer())).toEqual({ index: 0, reason: "terms_invalid" });
});

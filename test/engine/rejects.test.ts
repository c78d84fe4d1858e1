import { describe, expect, test } from "vitest";
import { apply } from "../../engine/apply.ts";
import type { Command } from "../../engine/command.ts";
import { EventBuffer } from "../../engine/event-buffer.ts";
import { OrderBook } from "../../engine/order-book.ts";
import { REJECT_REASONS } from "../../engine/reject-reason.ts";
import { stateHash } from "../../engine/state-hash.ts";
import { runBookScript, SCRIPT_RULES } from "../support/book-script.ts";
import { NaiveBook } from "../support/naive-book.ts";
import { EngineBook } from "../support/test-book.ts";

/**
 * One command for each reason, at fault in every later way that it can be as well; so the reasons met
 * going down the table are all of them, in the order of their precedence.
 */
const PRECEDENCE = `
  | command          | outcome                         | buys    | sells |
  |------------------|---------------------------------|---------|-------|
  | rules minimumPriceTicks = 10, maximumPriceTicks = 20, minimumQuantityLots = 3, maximumQuantityLots = 6 | | | |
  | rules maximumRestingOrders = 1          |          |         |       |
  | A buy 3 @ 10     | rests 3                         | 10: A 3 |       |
  | B buy 2 @ 9      | rejected price_below_minimum    | "       |       |
  | B buy 2 @ 21     | rejected price_above_maximum    | "       |       |
  | B buy 2 @ 10     | rejected quantity_below_minimum | "       |       |
  | B buy 7 @ 20     | rejected quantity_above_maximum | "       |       |
  | B buy 6 @ 20     | rejected book_full              | "       |       |
  | cancel #2        | rejected order_not_resting      | "       |       |
`;

const TABLES: Record<string, string> = {
  "the bounds themselves are allowed": `
    | command          | outcome                         | buys             | sells |
    | rules minimumPriceTicks = 10, maximumPriceTicks = 20, minimumQuantityLots = 3, maximumQuantityLots = 6 | | | |
    | A buy 3 @ 10     | rests 3                         | 10: A 3          |       |
    | B buy 6 @ 20     | rests 6                         | 20: B 6; 10: A 3 |       |
    | C sell 6 @ market | takes 6 from B @ 20            | 10: A 3          |       |
    | D sell 2 @ market | rejected quantity_below_minimum | 10: A 3         |       |
    | D sell 7 @ market | rejected quantity_above_maximum | 10: A 3         |       |
    | D sell 7 @ 9     | rejected price_below_minimum    | 10: A 3          |       |
    | D sell 2 @ 21    | rejected price_above_maximum    | 10: A 3          |       |
    | D sell 2 @ 10    | rejected quantity_below_minimum | 10: A 3          |       |
    | D sell 7 @ 10    | rejected quantity_above_maximum | 10: A 3          |       |`,

  "a book is full of orders: limit orders are refused, even ones that would trade, market orders are not": `
    | command          | outcome              | buys    | sells    |
    | rules maximumRestingOrders = 2          |         |          | |
    | A buy 3 @ 10     | rests 3              | 10: A 3 |          |
    | B sell 3 @ 20    | rests 3              | 10: A 3 | 20: B 3  |
    | C buy 1 @ 9      | rejected book_full   | 10: A 3 | 20: B 3  |
    | C buy 1 @ 20     | rejected book_full   | 10: A 3 | 20: B 3  |
    | C buy 1 @ market | takes 1 from B @ 20  | 10: A 3 | 20: B 2  |
    | D buy 2 @ market | takes 2 from B @ 20  | 10: A 3 |          |
    | E buy 1 @ 9      | rests 1              | 10: A 3; 9: E 1 | |
    | F sell 1 @ 20    | rejected book_full   | 10: A 3; 9: E 1 | |
    | cancel A         | cancelled 3 by_owner | 9: E 1  |          |
    | G sell 1 @ 20    | rests 1              | 9: E 1  | 20: G 1  |`,

  "a book is full of lots: the total of a side stays exact": `
    | command                          | outcome                   | buys                    | sells |
    | rules maximumQuantityLots = 9007199254740991 | | | |
    | A buy 9007199254740990 @ 10      | rests 9007199254740990    | 10: A 9007199254740990  |       |
    | B buy 2 @ 9                      | rejected book_full        | "                       |       |
    | B buy 9007199254740991 @ 9       | rejected book_full        | "                       |       |
    | B sell 9007199254740991 @ 11     | rests 9007199254740991    | "                       | 11: B 9007199254740991 |
    | C sell 1 @ 11                    | rejected book_full        | "                       | "     |
    | C buy 1 @ 9                      | rests 1                   | 10: A 9007199254740990; 9: C 1 | " |
    | D buy 1 @ 9                      | rejected book_full        | "                       | "     |
    | D sell 9007199254740991 @ market | takes 9007199254740990 from A @ 10; takes 1 from C @ 9 | | " |
    | E buy 9007199254740991 @ 11      | takes 9007199254740991 from B @ 11 |                |       |`,
};

describe.each([
  ["the engine's book", EngineBook],
  ["the naive book", NaiveBook],
])("rejects by %s", (_name, Book) => {
  test("every reason is given, in order of precedence", () => {
    const { expected, actual, outcomes } = runBookScript(PRECEDENCE, (rules) => new Book(rules));
    expect(actual).toBe(expected);
    const met = outcomes.flatMap(({ reject }) => (reject === undefined ? [] : [reject]));
    expect(met).toEqual(REJECT_REASONS);
  });

  for (const [name, table] of Object.entries(TABLES)) {
    test(name, () => {
      const { expected, actual } = runBookScript(table, (rules) => new Book(rules));
      expect(actual).toBe(expected);
    });
  }
});

describe("apply", () => {
  test("a refused command leaves the book bit for bit as it was", () => {
    const engine = new EngineBook(SCRIPT_RULES);
    runBookScript("| command |\n| A buy 3 @ 10 |\n| B sell 3 @ 20 |\n| C buy 1 @ 20 |", () => engine);
    const before = stateHash(engine.book);
    const place = { kind: "place_limit", client: 1, side: 0, priceTicks: 5, quantityLots: 5 };
    const refused = [
      { ...place, priceTicks: 1_001 },
      { ...place, quantityLots: 1_001 },
      { kind: "cancel", orderNumber: 99 },
    ];
    for (const command of refused) {
      const { reject, events } = engine.apply({ ...command, timeMs: 50 } as Command);
      expect([reject === undefined, events, stateHash(engine.book)]).toEqual([false, [], before]);
    }
  });

  test("a command stamped before the last event is the shell's error, and changes nothing", () => {
    const book = new OrderBook(SCRIPT_RULES);
    const events = new EventBuffer();
    const place = { kind: "place_limit", client: 1, side: 0, priceTicks: 5, quantityLots: 5 };
    apply(book, { ...place, timeMs: 10 } as Command, events);
    const before = stateHash(book);
    for (const command of [place, { ...place, priceTicks: 0 }, { kind: "cancel", orderNumber: 1 }])
      expect(() => apply(book, { ...command, timeMs: 9 } as Command, events)).toThrow("time went back");
    expect([stateHash(book), events.length]).toEqual([before, 2]);
    expect(apply(book, { ...place, timeMs: 10 } as Command, events)).toBeUndefined();
  });
});

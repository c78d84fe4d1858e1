import { describe, expect, test } from "vitest";
import { REJECT_REASONS } from "../../engine/vocabulary/reject-reason.ts";
import { runBookScript } from "../support/book-script.ts";
import { NaiveBook } from "../support/naive-book.ts";
import { EngineBook } from "../support/test-book.ts";

/**
 * One command per reason, which also breaks as many later rules as possible. The reasons that the table meets
 * from top to bottom are therefore all reasons, in the order of their precedence.
 */
const PRECEDENCE = `
  | command          | outcome                         | buys    | sells |
  |------------------|---------------------------------|---------|-------|
  | rules minimumPriceTicks = 10, maximumPriceTicks = 20, minimumQuantityLots = 3, maximumQuantityLots = 6 | | | |
  | rules maximumRestingOrders = 3, maximumOpenOrdersPerClient = 2 |           |         |       |
  | rules minimumNotional = 40, maximumNotional = 96, referencePriceTicks = 14, collarBasisPoints = 2500 | | | |
  | rules maximumWaitingStops = 2, maximumTrailingStops = 1, maximumFills = 1, maximumEventsAtOnce = 1 | | | |
  | rules maximumWaitingStopsPerClient = 1, maximumIcebergSlices = 1 | | | |
  | A buy 4 @ 11     | rests 4                         | 11: A 4 |       |
  | status halted    | now halted                      | "       |       |
  | amend #99 to 2 @ 9 | rejected trading_halted       | "       |       |
  | status cancel_only | now cancel_only               | "       |       |
  | amend #99 to 2 @ 9 | rejected cancel_only          | "       |       |
  | status trading   | now trading                     | "       |       |
  | amend #99 to 2 @ 9 | rejected order_not_resting    | "       |       |
  | B buy 2 @ 9 ioc post show 1 | rejected terms_invalid | "     |       |
  | B buy 2 @ 9 show 1 | rejected too_many_slices      | "       |       |
  | B buy 2 @ 9      | rejected price_below_minimum    | "       |       |
  | B buy 2 @ 21     | rejected price_above_maximum    | "       |       |
  | B buy 2 @ 10 stop 9 | rejected stop_price_below_minimum | "  |       |
  | B buy 2 @ 10 stop 21 | rejected stop_price_above_maximum | " |       |
  | B buy 2 @ 10     | rejected quantity_below_minimum | "       |       |
  | B buy 7 @ 20     | rejected quantity_above_maximum | "       |       |
  | B buy 3 @ 10 gtd 1 | rejected notional_below_minimum | "     |       |
  | B buy 6 @ 19 gtd 1 | rejected notional_above_maximum | "     |       |
  | B buy 5 @ 18 gtd 1 | rejected expiry_passed        | "       |       |
  | B buy 5 @ 18 post | rejected price_outside_collar  | "       |       |
  | P+Q sell 6 @ 16 stop 12 by 2 | P rests 6; Q waits       | 11: A 4 | 16: P 6 |
  | R buy 4 @ 16 by 3 ioc | takes 4 from P @ 16; Q cancelled 6 linked | " | 16: P 2 |
  | cancel A         | cancelled 4 by_owner            |         | "     |
  | cancel P         | cancelled 2 by_owner            |         |       |
  | S+T buy 4 @ 14 stop 18 | S rests 4; T waits        | 14: S 4 |       |
  | status auction   | now auction                     | "       |       |
  | amend S to 5 @ 17 | rejected order_linked          | "       |       |
  | B buy 5 @ 16 fok by 2 | rejected not_in_auction    | "       |       |
  | status trading   | now trading                     | "       |       |
  | B buy 5 @ 14 by 2 | rests 5                        | 14: S 4, B 5 |  |
  | V buy 4 @ 12 by 5 | rests 4                        | 14: S 4, B 5; 12: V 4 | |
  | C sell 5 @ 14 post by 3 | rejected book_full       | "       |       |
  | cancel V         | cancelled 4 by_owner            | 14: S 4, B 5 |  |
  | cancel B         | cancelled 5 by_owner            | 14: S 4 |       |
  | C sell 5 @ 14 post | rejected too_many_open_orders | "       |       |
  | U sell 5 @ market trail 1 by 3 | waits             | "       |       |
  | C sell 5 @ market trail 1 by 3 | rejected too_many_waiting_stops | " |  |
  | C sell 5 @ market trail 1 by 4 | rejected stops_full | "     |       |
  | cancel T         | cancelled 4 by_owner; S cancelled 4 linked |  |    |
  | C sell 5 @ market trail 1 by 4 | rejected trailing_stops_full | |    |
  | B buy 5 @ 14 by 2 | rests 5                        | 14: B 5 |       |
  | cancel U         | cancelled 5 by_owner            | "       |       |
  | C+D sell 5 @ 14 stop 16 by 3 | rejected stop_already_through | "  |  |
  | C sell 6 @ 14 post by 3 | rejected would_take      | "       |       |
  | C sell 6 @ 14 fok by 3 | rejected would_not_fill   | "       |       |
  | E buy 4 @ 14 by 4 | rests 4                        | 14: B 5, E 4 |  |
  | C sell 6 @ market fok by 3 | rejected too_many_changes | "   |       |
  | cancel B         | cancelled 5 by_owner            | 14: E 4 |       |
  | cancel E         | cancelled 4 by_owner            |         |       |
  | status auction   | now auction                     |         |       |
  | F buy 4 @ 15 gtd 99 by 2 | rests 4                 | 15: F 4 |       |
  | H buy 4 @ 15 gtd 99 by 4 | rests 4                 | 15: F 4, H 4 |  |
  | G sell 4 @ 15 by 3 | rests 4                       | "       | 15: G 4 |
  | advance to 99    | F cancelled 4 expired; left: expiries | 15: H 4 | " |
  | status trading   | rejected work_unfinished        | "       | "     |
  | advance to 100   | H cancelled 4 expired; nothing left |     | "     |
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

  "the bounds of a notional are allowed, of a limit order and of a quote budget": `
    | command                 | outcome                         | sells            |
    | rules minimumNotional = 40, maximumNotional = 80 |        |                  |
    | A sell 4 @ 10           | rests 4                         | 10: A 4          |
    | B sell 4 @ 20           | rests 4                         | 10: A 4; 20: B 4 |
    | C sell 3 @ 13           | rejected notional_below_minimum | "                |
    | C sell 9 @ 9            | rejected notional_above_maximum | "                |
    | C buy spend 39 @ market | rejected notional_below_minimum | "                |
    | C buy spend 81 @ market | rejected notional_above_maximum | "                |
    | C buy spend 40 @ market | takes 4 from A @ 10             | 20: B 4          |
    | D buy spend 80 @ market | takes 4 from B @ 20             |                  |
    | E sell 1 @ market       | cancelled 1 no_liquidity        |                  |`,

  "a notional may be bounded on one end alone, and a bound of zero is none": `
    | command         | outcome                         | buys              |
    | rules minimumNotional = 0, maximumNotional = 80 | |                   |
    | A buy 1 @ 1     | rests 1                         | 1: A 1            |
    | B buy 81 @ 1    | rejected notional_above_maximum | 1: A 1            |`,

  "the bounds of a stop price are allowed, and of its limit": `
    | command                    | outcome                           | waiting                   |
    | rules minimumPriceTicks = 10, maximumPriceTicks = 20 |       |                           |
    | A sell 1 @ market stop 10  | waits                             | A 1 stop 10               |
    | B buy 1 @ market stop 20   | waits                             | A 1 stop 10; B 1 stop 20  |
    | C sell 1 @ market stop 9   | rejected stop_price_below_minimum | "                         |
    | C buy 1 @ market stop 21   | rejected stop_price_above_maximum | "                         |
    | C sell 1 @ 10 stop 10      | waits                             | A 1 stop 10; B 1 stop 20; C 1 stop 10 |
    | D buy 1 @ 21 stop 20       | rejected price_above_maximum      | "                         |
    | amend A stop 9             | rejected stop_price_below_minimum | "                         |
    | amend A stop 20            | amended                           | A 1 stop 20; B 1 stop 20; C 1 stop 10 |`,

  "a price may be as far away as the collar says, that of a stop from where it is triggered": `
    | command                | outcome                       | buys              | waiting      |
    | rules referencePriceTicks = 105, collarBasisPoints = 1000 | |             |              |
    | A buy 1 @ 116          | rejected price_outside_collar |                   |              |
    | A buy 1 @ 115          | rests 1                       | 115: A 1          |              |
    | B buy 1 @ 94           | rejected price_outside_collar | 115: A 1          |              |
    | B buy 1 @ 95           | rests 1                       | 115: A 1; 95: B 1 |              |
    | C buy 1 @ 132 stop 120 | waits                         | "                 | C 1 stop 120 |
    | D buy 1 @ 133 stop 120 | rejected price_outside_collar | "                 | C 1 stop 120 |
    | D buy 1 @ 107 stop 120 | rejected price_outside_collar | "                 | C 1 stop 120 |
    | amend C stop 119       | rejected price_outside_collar | "                 | C 1 stop 120 |
    | amend C @ 130 stop 119 | amended                       | "                 | C 1 stop 119 |
    | amend C to 2           | amended                       | "                 | C 2 stop 119 |`,

  "a market order trades as far away as its protection says": `
    | command           | outcome                                         | buys               | sells    |
    | rules referencePriceTicks = 100, protectionBasisPoints = 1000 |  |                    |          |
    | A sell 2 @ 110    | rests 2                                         |                    | 110: A 2 |
    | B buy 1 @ market  | takes 1 from A @ 110                            |                    | 110: A 1 |
    | C buy 1 @ 99      | rests 1                                         | 99: C 1            | 110: A 1 |
    | D buy 1 @ 98      | rests 1                                         | 99: C 1; 98: D 1   | 110: A 1 |
    | E sell 2 @ market | takes 1 from C @ 99; cancelled 1 price_protection | 98: D 1          | 110: A 1 |
    | F buy 1 @ market  | cancelled 1 price_protection                    | 98: D 1            | 110: A 1 |`,

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

  "what icebergs hide and what stops will want counts for that as well": `
    | command                                 | outcome                | buys                           | waiting    |
    | rules maximumQuantityLots = 9007199254740991, maximumIcebergSlices = 1000 | | | |
    | A buy 9007199254740988 @ 10 show 9100000000000      | rests 9007199254740988 | 10: A 9100000000000+8998099254740988       |            |
    | B buy 3 @ market stop 20 gtd 99         | waits                  | "                              | B 3 stop 20 |
    | C buy 1 @ 9                             | rejected book_full     | "                              | "          |
    | C buy 1 @ 9 gtd 99                      | rejected book_full     | "                              | "          |
    | C buy 1 @ market stop 20                | rejected book_full     | "                              | "          |
    | amend A to 9007199254740989             | rejected book_full     | "                              | "          |
    | amend B to 4                            | rejected book_full     | "                              | "          |
    | C buy 1 @ 9 ioc                         | cancelled 1 ioc        | "                              | "          |
    | amend B to 2                            | amended                | "                              | B 2 stop 20 |
    | D+E buy 1 @ 9 stop 20                   | rejected book_full     | "                              | "          |
    | amend A to 9007199254740989             | amended | 10: A 9100000000000+8998099254740989 | " |
    | amend A to 9007199254740987             | amended                | 10: A 9100000000000+8998099254740987       | "          |
    | D+E buy 1 @ 9 stop 20                   | D rests 1; E waits     | 10: A 9100000000000+8998099254740987; 9: D 1 | B 2 stop 20; E 1 stop 20 |`,
};

describe.each([
  ["the engine's book", EngineBook],
  ["the naive book", NaiveBook],
])("rejections by %s", (_name, Book) => {
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

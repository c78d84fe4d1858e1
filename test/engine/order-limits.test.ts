import { describe, expect, test } from "vitest";
import { runBookScript } from "../support/book-script.ts";
import { NaiveBook } from "../support/naive-book.ts";
import { EngineBook } from "../support/test-book.ts";

const TABLES: Record<string, string> = {
  "stops are as many as the rules say, or as orders may rest": `
    | command                   | outcome                      | waiting     | sells   |
    | rules maximumRestingOrders = 1, maximumTrailingStops = 1 | |            |         |
    | A sell 1 @ market stop 10 | waits                        | A 1 stop 10 |         |
    | B sell 1 @ 20 gtd 99      | rests 1                      | A 1 stop 10 | 20: B 1 |
    | amend A to 2              | amended                      | A 2 stop 10 | 20: B 1 |
    | amend B to 2              | amended; rests 2             | A 2 stop 10 | 20: B 2 |
    | amend B @ 21              | amended; rests 2             | A 2 stop 10 | 21: B 2 |
    | amend B to 1 @ 20         | amended; rests 1             | A 2 stop 10 | 20: B 1 |
    | amend A to 1              | amended                      | A 1 stop 10 | 20: B 1 |
    | C sell 1 @ market stop 11 | rejected stops_full          | A 1 stop 10 | 20: B 1 |
    | C sell 1 @ 21             | rejected book_full           | A 1 stop 10 | 20: B 1 |
    | cancel A                  | cancelled 1 by_owner         |             | 20: B 1 |
    | C sell 1 @ market trail 1 | waits                        | C 1 stop behind the first trade | 20: B 1 |`,

  "of one client as many stops wait as the rules say, until one is triggered, cancelled or taken back": `
    | command                      | outcome                         | waiting     | sells    |
    | rules maximumWaitingStopsPerClient = 1, maximumOpenOrdersPerClient = 3 | | |         |
    | A buy 1 @ market stop 20     | waits                           | A 1 stop 20 |          |
    | B buy 1 @ market trail 1     | rejected too_many_waiting_stops | A 1 stop 20 |          |
    | B+C sell 1 @ 30 stop 10      | rejected too_many_waiting_stops | A 1 stop 20 |          |
    | B buy 1 @ market stop 20 by 2 | waits                          | A 1 stop 20; B 1 stop 20 | |
    | cancel A                     | cancelled 1 by_owner            | B 1 stop 20 |          |
    | M+N sell 1 @ 30 stop 10      | M rests 1; N waits              | B 1 stop 20; N 1 stop 10 | 30: M 1 |
    | D buy 1 @ market stop 40     | rejected too_many_waiting_stops | B 1 stop 20; N 1 stop 10 | 30: M 1 |
    | E buy 1 @ 30 by 3            | takes 1 from M @ 30; N cancelled 1 linked; B triggered; B cancelled 1 no_liquidity | | |
    | F buy 1 @ market stop 40 by 2 | waits                          | F 1 stop 40 |          |
    | G buy 1 @ market stop 40     | waits                           | F 1 stop 40; G 1 stop 40 | |`,

  "an iceberg has as many slices as the rules say, or a hundred": `
    | command                | outcome                  | sells       |
    | A sell 101 @ 20 show 1 | rejected too_many_slices |             |
    | A sell 100 @ 20 show 1 | rests 100                | 20: A 1+99  |
    | amend A to 101         | rejected too_many_slices | "           |`,

  "trailing stops have a bound of their own, which other stops do not have": `
    | command                   | outcome                      | waiting                         |
    | rules maximumTrailingStops = 1 |                         |                                 |
    | A sell 1 @ market trail 1 | waits                        | A 1 stop behind the first trade |
    | B sell 1 @ market trail 1 | rejected trailing_stops_full | "                               |
    | C sell 1 @ market stop 11 | waits                        | A 1 stop behind the first trade; C 1 stop 11 |`,
};

describe.each([
  ["the engine's book", EngineBook],
  ["the naive book", NaiveBook],
])("limits of orders in number, by %s", (_name, Book) => {
  for (const [name, table] of Object.entries(TABLES)) {
    test(name, () => {
      const { expected, actual } = runBookScript(table, (rules) => new Book(rules));
      expect(actual).toBe(expected);
    });
  }
});

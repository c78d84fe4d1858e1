import { describe, expect, test } from "vitest";
import { runBookScript } from "../support/book-script.ts";
import { NaiveBook } from "../support/naive-book.ts";
import { EngineBook } from "../support/test-book.ts";

/** The results of the rules of matching, as tables; see `BookScript` for the language. */
const TABLES: Record<string, string> = {
  "the best price first, then the oldest order": `
    | command        | outcome                                  | buys | sells                 |
    |----------------|------------------------------------------|------|-----------------------|
    | A sell 5 @ 102 | rests 5                                  |      | 102: A 5              |
    | B sell 5 @ 101 | rests 5                                  |      | 101: B 5; 102: A 5    |
    | C sell 5 @ 102 | rests 5                                  |      | 101: B 5; 102: A 5, C 5 |
    | D sell 5 @ 101 | rests 5                                  |      | 101: B 5, D 5; 102: A 5, C 5 |
    | E buy 12 @ 102 | takes 5 from B @ 101; takes 5 from D @ 101; takes 2 from A @ 102 | | 102: A 3, C 5 |
    | F buy 3 @ 102  | takes 3 from A @ 102                     |      | 102: C 5              |`,

  "the same on the other side": `
    | command         | outcome                                | buys                         | sells |
    |-----------------|----------------------------------------|------------------------------|-------|
    | A buy 5 @ 98    | rests 5                                | 98: A 5                      |       |
    | B buy 5 @ 99    | rests 5                                | 99: B 5; 98: A 5             |       |
    | C buy 5 @ 98    | rests 5                                | 99: B 5; 98: A 5, C 5        |       |
    | D buy 5 @ 99    | rests 5                                | 99: B 5, D 5; 98: A 5, C 5   |       |
    | E sell 12 @ 98  | takes 5 from B @ 99; takes 5 from D @ 99; takes 2 from A @ 98 | 98: A 3, C 5 | |
    | F sell 3 @ 98   | takes 3 from A @ 98                    | 98: C 5                      |       |`,

  "a trade is at the maker's price, however far the taker would go": `
    | command        | outcome              | buys    | sells   |
    |----------------|----------------------|---------|---------|
    | A sell 5 @ 101 | rests 5              |         | 101: A 5 |
    | B buy 2 @ 1000 | takes 2 from A @ 101 |         | 101: A 3 |
    | C buy 4 @ 150  | takes 3 from A @ 101; rests 1 | 150: C 1 | |
    | D sell 1 @ 1   | takes 1 from C @ 150 |         |         |`,

  "prices that only touch trade, prices that do not meet rest": `
    | command        | outcome              | buys     | sells    |
    |----------------|----------------------|----------|----------|
    | A buy 5 @ 100  | rests 5              | 100: A 5 |          |
    | B sell 5 @ 101 | rests 5              | 100: A 5 | 101: B 5 |
    | C sell 5 @ 100 | takes 5 from A @ 100 |          | 101: B 5 |
    | D buy 5 @ 101  | takes 5 from B @ 101 |          |          |`,

  "a partly filled maker keeps its place": `
    | command        | outcome                                  | buys | sells              |
    |----------------|------------------------------------------|------|--------------------|
    | A sell 5 @ 101 | rests 5                                  |      | 101: A 5           |
    | B sell 5 @ 101 | rests 5                                  |      | 101: A 5, B 5      |
    | C buy 2 @ 101  | takes 2 from A @ 101                     |      | 101: A 3, B 5      |
    | D sell 5 @ 101 | rests 5                                  |      | 101: A 3, B 5, D 5 |
    | E buy 4 @ 101  | takes 3 from A @ 101; takes 1 from B @ 101 |    | 101: B 4, D 5      |`,

  "a partly filled taker rests with what is left, behind what was there": `
    | command        | outcome                       | buys          | sells    |
    |----------------|-------------------------------|---------------|----------|
    | A sell 5 @ 101 | rests 5                       |               | 101: A 5 |
    | B buy 7 @ 101  | takes 5 from A @ 101; rests 2 | 101: B 2      |          |
    | C buy 1 @ 101  | rests 1                       | 101: B 2, C 1 |          |
    | D sell 4 @ 100 | takes 2 from B @ 101; takes 1 from C @ 101; rests 1 | | 100: D 1 |`,

  "a limit order stops at its limit": `
    | command        | outcome                       | buys     | sells              |
    |----------------|-------------------------------|----------|--------------------|
    | A sell 5 @ 101 | rests 5                       |          | 101: A 5           |
    | B sell 5 @ 103 | rests 5                       |          | 101: A 5; 103: B 5 |
    | C buy 8 @ 102  | takes 5 from A @ 101; rests 3 | 102: C 3 | 103: B 5           |`,

  "a market order takes at any price and what is left is cancelled": `
    | command           | outcome                                    | buys     | sells               |
    |-------------------|--------------------------------------------|----------|---------------------|
    | A sell 5 @ 101    | rests 5                                    |          | 101: A 5            |
    | B sell 5 @ 1000   | rests 5                                    |          | 101: A 5; 1000: B 5 |
    | C buy 6 @ market  | takes 5 from A @ 101; takes 1 from B @ 1000 |         | 1000: B 4           |
    | D buy 6 @ market  | takes 4 from B @ 1000; cancelled 2 no_liquidity |     |                     |
    | E buy 6 @ market  | cancelled 6 no_liquidity                   |          |                     |
    | F buy 3 @ 50      | rests 3                                    | 50: F 3  |                     |
    | G buy 1 @ market  | cancelled 1 no_liquidity                   | 50: F 3  |                     |
    | H sell 4 @ market | takes 3 from F @ 50; cancelled 1 no_liquidity |       |                     |`,

  "a cancel takes what is left, from the front, the middle and the back of a queue": `
    | command        | outcome              | buys | sells                   |
    |----------------|----------------------|------|-------------------------|
    | A sell 5 @ 101 | rests 5              |      | 101: A 5                |
    | B sell 5 @ 101 | rests 5              |      | 101: A 5, B 5           |
    | C sell 5 @ 101 | rests 5              |      | 101: A 5, B 5, C 5      |
    | D sell 5 @ 101 | rests 5              |      | 101: A 5, B 5, C 5, D 5 |
    | E buy 2 @ 101  | takes 2 from A @ 101 |      | 101: A 3, B 5, C 5, D 5 |
    | cancel B       | cancelled 5 by_owner |      | 101: A 3, C 5, D 5      |
    | cancel D       | cancelled 5 by_owner |      | 101: A 3, C 5           |
    | cancel A       | cancelled 3 by_owner |      | 101: C 5                |
    | F sell 1 @ 101 | rests 1              |      | 101: C 5, F 1           |
    | cancel C       | cancelled 5 by_owner |      | 101: F 1                |
    | cancel F       | cancelled 1 by_owner |      |                         |`,

  "a level can go from any place among the others and come back": `
    | command        | outcome              | buys                       | sells |
    |----------------|----------------------|----------------------------|-------|
    | A buy 1 @ 100  | rests 1              | 100: A 1                   |       |
    | B buy 1 @ 98   | rests 1              | 100: A 1; 98: B 1          |       |
    | C buy 1 @ 99   | rests 1              | 100: A 1; 99: C 1; 98: B 1 |       |
    | cancel C       | cancelled 1 by_owner | 100: A 1; 98: B 1          |       |
    | D buy 1 @ 99   | rests 1              | 100: A 1; 99: D 1; 98: B 1 |       |
    | cancel A       | cancelled 1 by_owner | 99: D 1; 98: B 1           |       |
    | cancel B       | cancelled 1 by_owner | 99: D 1                    |       |
    | E buy 1 @ 100  | rests 1              | 100: E 1; 99: D 1          |       |
    | F sell 2 @ 99  | takes 1 from E @ 100; takes 1 from D @ 99 |       |       |
    | G buy 1 @ 1    | rests 1              | 1: G 1                     |       |`,

  "only a resting order can be cancelled": `
    | command            | outcome                    | buys | sells    |
    |--------------------|----------------------------|------|----------|
    | cancel #0          | rejected order_not_resting |      |          |
    | cancel #1          | rejected order_not_resting |      |          |
    | A sell 5 @ 101     | rests 5                    |      | 101: A 5 |
    | cancel #0          | rejected order_not_resting |      | "        |
    | cancel #2          | rejected order_not_resting |      | "        |
    | B buy 3 @ 101      | takes 3 from A @ 101       |      | 101: A 2 |
    | cancel B           | rejected order_not_resting |      | 101: A 2 |
    | cancel A           | cancelled 2 by_owner       |      |          |
    | cancel A           | rejected order_not_resting |      |          |
    | C buy 3 @ market   | cancelled 3 no_liquidity   |      |          |
    | cancel C           | rejected order_not_resting |      |          |`,

  "an auction starts the rule about volatility afresh": `
    | command          | outcome                              | sells    |
    | rules volatility.moveBasisPoints = 400, volatility.windowMs = 1000, volatility.haltMs = 5, volatility.auctionMs = 5 | | |
    | A sell 1 @ 100   | rests 1                              | 100: A 1 |
    | B buy 1 @ 100    | takes 1 from A @ 100                 |          |
    | status auction   | now auction                          |          |
    | C sell 1 @ 103   | rests 1                              | 103: C 1 |
    | D buy 1 @ 103    | rests 1                              | 103: C 1 |
    | status trading   | D buys 1 from C @ 103; now trading   |          |
    | E sell 1 @ 106   | rests 1                              | 106: E 1 |
    | F buy 1 @ 106    | takes 1 from E @ 106                 |          |
    | G sell 1 @ 108   | rests 1                              | 108: G 1 |
    | H buy 1 @ 108    | takes 1 from G @ 108; now halted until 15 |     |`,

  "a trade just as far away as the rule about volatility allows halts nothing": `
    | command         | outcome                                       | buys    | sells              |
    | rules volatility.moveBasisPoints = 500, volatility.windowMs = 1000, volatility.haltMs = 5, volatility.auctionMs = 5 | | | |
    | A sell 1 @ 100  | rests 1                                       |         | 100: A 1           |
    | B sell 1 @ 105  | rests 1                                       |         | 100: A 1; 105: B 1 |
    | C buy 2 @ 105   | takes 1 from A @ 100; takes 1 from B @ 105    |         |                    |
    | D buy 1 @ 100   | rests 1                                       | 100: D 1 |                   |
    | E sell 1 @ 100  | takes 1 from D @ 100                          |         |                    |
    | F buy 1 @ 99    | rests 1                                       | 99: F 1 |                    |
    | G sell 1 @ 99   | takes 1 from F @ 99; now halted until 12      |         |                    |`,

  "the rule about volatility forgets a trade when its time is over": `
    | command         | outcome              | buys           | sells              |
    | rules volatility.moveBasisPoints = 500, volatility.windowMs = 3, volatility.haltMs = 5, volatility.auctionMs = 5 | | | |
    | A sell 1 @ 100  | rests 1              |                | 100: A 1           |
    | B sell 1 @ 200  | rests 1              |                | 100: A 1; 200: B 1 |
    | C buy 1 @ 100   | takes 1 from A @ 100 |                | 200: B 1           |
    | D buy 1 @ 10    | rests 1              | 10: D 1        | 200: B 1           |
    | E buy 1 @ 20    | rests 1              | 20: E 1; 10: D 1 | 200: B 1         |
    | F buy 1 @ 200   | takes 1 from B @ 200 | 20: E 1; 10: D 1 |                  |
    | G buy 1 @ 30    | rests 1              | 30: G 1; 20: E 1; 10: D 1 |         |
    | H sell 1 @ 30   | takes 1 from G @ 30; now halted until 13 | 20: E 1; 10: D 1 | |`,

  "a market order may be filled wholly or not at all": `
    | command              | outcome                | sells    |
    | A sell 2 @ 101       | rests 2                | 101: A 2 |
    | B buy 3 @ market fok | rejected would_not_fill | 101: A 2 |
    | B buy 2 @ market fok | takes 2 from A @ 101   |          |
    | C buy 1 @ market fok | rejected would_not_fill |         |
    | C sell 2 @ 150       | rests 2                | 150: C 2 |
    | D buy 2 @ market fok | takes 2 from C @ 150   |          |`,

  "the same under protection, which begins with the first trade": `
    | command              | outcome                                      | sells              |
    | rules protectionBasisPoints = 1000 |                                |                    |
    | A sell 2 @ 101       | rests 2                                      | 101: A 2           |
    | B sell 2 @ 150       | rests 2                                      | 101: A 2; 150: B 2 |
    | C buy 4 @ market fok | takes 2 from A @ 101; takes 2 from B @ 150   |                    |
    | D sell 2 @ 165       | rests 2                                      | 165: D 2           |
    | E sell 1 @ 166       | rests 1                                      | 165: D 2; 166: E 1 |
    | F buy 3 @ market fok | rejected would_not_fill                      | 165: D 2; 166: E 1 |
    | F buy 2 @ market fok | takes 2 from D @ 165                         | 166: E 1           |`,

  "an auction's price is near the reference, but only where the same would trade": `
    | command            | outcome     | buys                 | sells               | auction      |
    | rules referencePriceTicks = 200 | | | | |
    | status auction     | now auction |                      |                     |              |
    | D buy 2 @ 104      | rests 2     | 104: D 2             |                     |              |
    | E sell 2 @ 95      | rests 2     | 104: D 2             | 95: E 2             | 2 @ 104, 0   |
    | F buy 5 @ 100      | rests 5     | 104: D 2; 100: F 5   | 95: E 2             | 2 @ 104, 0   |
    | G sell 2 @ 95      | rests 2     | 104: D 2; 100: F 5   | 95: E 2, G 2        | 4 @ 100, +3  |
    | H sell 9 @ 102     | rests 9     | 104: D 2; 100: F 5   | 95: E 2, G 2; 102: H 9 | 4 @ 100, +3 |`,

  "an auction's price is the lowest at which most would trade with the smallest imbalance": `
    | command            | outcome     | buys                 | sells               | auction      |
    | status auction     | now auction |                      |                     |              |
    | A buy 5 @ 105      | rests 5     | 105: A 5             |                     |              |
    | B sell 5 @ 95      | rests 5     | 105: A 5             | 95: B 5             | 5 @ 95, 0    |
    | C buy 2 @ 95       | rests 2     | 105: A 5; 95: C 2    | 95: B 5             | 5 @ 96, 0    |
    | D buy 4 @ 97       | rests 4     | 105: A 5; 97: D 4; 95: C 2 | 95: B 5       | 5 @ 98, 0    |
    | cancel D           | cancelled 4 by_owner | 105: A 5; 95: C 2 | 95: B 5       | 5 @ 96, 0    |
    | cancel A           | cancelled 5 by_owner | 95: C 2     | 95: B 5             | 2 @ 95, -3   |
    | E buy 2 @ 96       | rests 2     | 96: E 2; 95: C 2     | 95: B 5             | 4 @ 95, -1   |
    | cancel E           | cancelled 2 by_owner | 95: C 2     | 95: B 5             | 2 @ 95, -3   |
    | F buy 5 @ 97       | rests 5     | 97: F 5; 95: C 2     | 95: B 5             | 5 @ 96, 0    |
    | G sell 20 @ 97     | rests 20    | 97: F 5; 95: C 2     | 95: B 5; 97: G 20   | 5 @ 96, 0    |
    | H buy 9 @ 97       | rests 9     | 97: F 5, H 9; 95: C 2 | 95: B 5; 97: G 20  | 14 @ 97, -11 |
    | cancel B           | cancelled 5 by_owner | 97: F 5, H 9; 95: C 2 | 97: G 20   | 14 @ 97, -6  |
    | cancel G           | cancelled 20 by_owner | 97: F 5, H 9; 95: C 2 |           |              |
    | I buy 5 @ 98       | rests 5     | 98: I 5; 97: F 5, H 9; 95: C 2 |           |              |
    | J sell 5 @ 97      | rests 5     | "                    | 97: J 5             | 5 @ 98, 0    |`,

  "fill-or-kill counts nothing behind a halt on its way down either": `
    | command          | outcome                 | buys                         |
    | rules volatility.moveBasisPoints = 500, volatility.windowMs = 1000, volatility.haltMs = 10, volatility.auctionMs = 20 | | |
    | A buy 1 @ 106    | rests 1                 | 106: A 1                     |
    | B buy 1 @ 100    | rests 1                 | 106: A 1; 100: B 1           |
    | C buy 1 @ 99     | rests 1                 | 106: A 1; 100: B 1; 99: C 1  |
    | D sell 3 @ 90 fok | rejected would_not_fill | "                           |
    | D sell 2 @ 90 fok | takes 1 from A @ 106; takes 1 from B @ 100; now halted until 15 | 99: C 1 |`,

  "fill-or-kill does not count a price at which only its own orders are taken away as traded": `
    | command            | outcome                                  | buys                        |
    | rules volatility.moveBasisPoints = 500, volatility.windowMs = 1000, volatility.haltMs = 10, volatility.auctionMs = 20 | | |
    | A buy 1 @ 110      | rests 1                                  | 110: A 1                    |
    | B buy 5 @ 100 by 2 | rests 5                                  | 110: A 1; 100: B 5          |
    | C buy 5 @ 99 by 2  | rests 5                                  | 110: A 1; 100: B 5; 99: C 5 |
    | D sell 9 @ 99 fok stp expire_maker | kept from 1 of A; A cancelled 1 self_trade; takes 5 from B @ 100; takes 4 from C @ 99 | 99: C 1 |
    | E buy 2 @ 104      | rests 2                                  | 104: E 2; 99: C 1           |
    | F sell 3 @ 99 fok stp expire_maker by 3 | rejected would_not_fill | 104: E 2; 99: C 1         |`,

  "clients keep apart, and may trade with themselves": `
    | command             | outcome              | sells    |
    |---------------------|----------------------|----------|
    | A sell 5 @ 101 by 7 | rests 5              | 101: A 5 |
    | B buy 2 @ 101 by 7  | takes 2 from A @ 101 | 101: A 3 |
    | C buy 2 @ 101 by 8  | takes 2 from A @ 101 | 101: A 1 |`,
};

describe.each([
  ["the engine's book", EngineBook],
  ["the naive book", NaiveBook],
])("matching on %s", (_name, Book) => {
  for (const [name, table] of Object.entries(TABLES)) {
    test(name, () => {
      const { expected, actual } = runBookScript(table, (rules) => new Book(rules));
      expect(actual).toBe(expected);
    });
  }
});

import { expect, test } from "vitest";
import { BUY, SELL } from "../../engine/vocabulary/units.ts";
import { runBookScript } from "../support/book-script.ts";
import { EngineBook } from "../support/test-book.ts";

test("a change of the status has its reason", () => {
  const script = `
    | command |
    | rules volatility.moveBasisPoints = 500, volatility.windowMs = 1000, volatility.haltMs = 10, volatility.auctionMs = 20 |
    | A sell 1 @ 100 |
    | B sell 1 @ 106 |
    | C buy 2 @ 106 |
    | advance to 13 |
    | advance to 33 |
    | status halted until 50 |
    | status post_only |
  `;
  const { outcomes } = runBookScript(script, (rules) => new EngineBook(rules));
  const changes = outcomes.flatMap(({ events }) => events.filter((event) => event.kind === "status_changed"));
  expect(changes.map(({ status, reason, untilMs }) => [status, reason, untilMs])).toEqual([
    ["halted", "volatility", 13],
    ["auction", "halt_ended", 33],
    ["trading", "auction_ended", undefined],
    ["halted", "operator", 50],
    ["post_only", "operator", undefined],
  ]);
});

test("in an auction the later of two orders is the taker, on either side", () => {
  const script = `
    | command |
    | status auction |
    | A buy 2 @ 100 |
    | B sell 1 @ 100 |
    | C sell 3 @ 100 |
    | D buy 2 @ 100 |
    | status trading |
  `;
  const { outcomes } = runBookScript(script, (rules) => new EngineBook(rules));
  const trades = outcomes.flatMap(({ events }) => events.filter((event) => event.kind === "traded"));
  const [a, b, c, d] = [2, 4, 6, 8];
  expect(trades.map((trade) => [trade.makerOrderNumber, trade.takerOrderNumber, trade.takerSide])).toEqual([
    [a, b, SELL],
    [a, c, SELL],
    [c, d, BUY],
  ]);
});

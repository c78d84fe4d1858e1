import { expect, test } from "vitest";
import { decodeEvents, encodeEvents } from "../../durable-objects/storage/event-codec.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { runBookScript } from "../support/book-script.ts";
import { EngineBook } from "../support/test-book.ts";

/** Commands that between them cause every kind of event. */
const SCRIPT = `
  | command                        |
  | A sell 8 @ 101 show 3 gtd 90   |
  | B buy 4 @ 101 ioc              |
  | C buy 1 @ 101 stp expire_taker |
  | D sell 5 @ market stop 90 by 2 |
  | E+F sell 5 @ 110 stop 95 limit 94 by 2 |
  | G buy spend 505 @ market by 3  |
  | H sell 1 @ 95                  |
  | I buy 2 @ 90                   |
  | amend I to 1                   |
  | J sell 1 @ 90 by 3             |
  | status auction until 20        |
  | K buy 3 @ 120 by 4             |
  | L sell 2 @ 100 by 5            |
  | advance to 95                  |
  | M buy 1 @ market by 6          |
`;

/** More than one command does at once. */
const LONG_SCRIPT = `
  | command              |
  | rules maximumEventsAtOnce = 1 |
  | A buy 1 @ 9          |
  | B buy 1 @ 8          |
  | cancel all of 1      |
  | advance to 9         |
`;

test("events are read back from the journal as they were", () => {
  const outcomes = [SCRIPT, LONG_SCRIPT].flatMap(
    (script) => runBookScript(script, (rules) => new EngineBook(rules)).outcomes,
  );
  const kinds = new Set<Event["kind"]>();
  for (const { events } of outcomes) {
    const [first] = events;
    if (first === undefined) continue;
    for (const { kind } of events) kinds.add(kind);
    // What JSON leaves out is absent as well as undefined.
    expect(decodeEvents(first.sequence, first.timeMs, encodeEvents(events))).toEqual(events);
  }
  const first = ["accepted", "advanced", "amended", "armed", "cancelled", "left_unfinished", "prevented"];
  const others = ["replenished", "rested", "spent", "status_changed", "traded", "triggered"];
  expect([...kinds].sort()).toEqual([...first, ...others]);
});

test("a row written before orders had terms is read as plain", () => {
  const row = '[["a",1,0,5,3],["r",1,1,0,5,3,3],["a",2,1,null,1],["t",1,1,3,1,5,1,2,0]]';
  const [limit, rested, market, trade] = decodeEvents(1, 9, row);
  expect(limit).toMatchObject({ kind: "accepted", type: "limit", selfTrade: "none", terms: undefined });
  expect(rested).toMatchObject({ kind: "rested", selfTrade: "none", terms: undefined });
  expect(market).toMatchObject({ kind: "accepted", type: "market", priceTicks: undefined });
  expect(trade).toMatchObject({ kind: "traded", inAuction: false });
});

import { expect, test } from "vitest";
import { decodeEvents, encodeEvents } from "../../durable-objects/storage/event-codec.ts";
import { apply } from "../../engine/apply.ts";
import { OrderBook } from "../../engine/book/order-book.ts";
import type { Command } from "../../engine/vocabulary/command.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { EventBuffer } from "../../engine/vocabulary/event-buffer.ts";
import { BUY, SELL } from "../../engine/vocabulary/units.ts";
import { DEFAULT_SELF_TRADE } from "../../protocol/order-request.ts";
import { runBookScript, SCRIPT_RULES } from "../support/book-script.ts";
import { Random } from "../support/random.ts";
import { EngineBook } from "../support/test-book.ts";
import { drawFlush, earlierRow } from "./journal-rows.ts";

const SEED = 20_361_201;

/** Commands that together cause every kind of event. */
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

/** More work than one command may do. */
const LONG_SCRIPT = `
  | command              |
  | rules maximumEventsAtOnce = 1 |
  | A buy 1 @ 9          |
  | B buy 1 @ 8          |
  | cancel all of 1      |
  | advance to 9         |
`;

test("events survive encoding and decoding", () => {
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

test("a row from before orders had terms is decoded as plain", () => {
  const row = '[["a",1,0,5,3],["r",1,1,0,5,3,3],["a",2,1,null,1],["t",1,1,3,1,5,1,2,0]]';
  const [limit, rested, market, trade] = decodeEvents(1, 9, row);
  expect(limit).toMatchObject({ kind: "accepted", type: "limit", selfTrade: "none", terms: undefined });
  expect(rested).toMatchObject({ kind: "rested", selfTrade: "none", terms: undefined });
  expect(market).toMatchObject({ kind: "accepted", type: "market", priceTicks: undefined });
  expect(trade).toMatchObject({ kind: "traded", inAuction: false });
});

test("an order of the usual kind takes few characters", () => {
  const book = new OrderBook(SCRIPT_RULES);
  const buffer = new EventBuffer();
  const place = { kind: "place_limit", timeMs: 9, selfTrade: DEFAULT_SELF_TRADE } as const;
  const commands = [
    { ...place, client: 1, side: SELL, priceTicks: 5, quantityLots: 3 },
    { ...place, client: 2, side: BUY, priceTicks: 5, quantityLots: 4 },
    { ...place, kind: "place_market", client: 1, side: SELL, quantityLots: 1 },
  ] as unknown as Command[];
  for (const command of commands) expect(apply(book, command, buffer)).toBeUndefined();
  const events = [...buffer];
  const text = encodeEvents(events);
  expect(JSON.parse(text)).toEqual([
    ["A", 1, 1, 5, 3],
    ["w"],
    ["A", 2, 0, 5, 4],
    ["t", 1, 1, 3, 0, 5, 3, 0, 1],
    ["R", 3, 2, 0, 5, 4, 1],
    ["A", 1, 1, null, 1],
    ["t", 2, 3, 6, 1, 5, 1, 0, 0],
  ]);
  expect(decodeEvents(1, 9, text)).toEqual(events);
});

test(`any flush is decoded correctly, also from a row of an earlier version, seed ${SEED}`, () => {
  const random = new Random(SEED);
  const letters = new Map<string, number>();
  for (let round = 0; round < 5_000; round++) {
    const events = drawFlush(random);
    const { sequence, timeMs } = events[0] as Event;
    const text = encodeEvents(events);
    for (const [letter] of JSON.parse(text)) letters.set(letter, (letters.get(letter) ?? 0) + 1);
    expect(decodeEvents(sequence, timeMs, text), text).toEqual(events);
    const earlier = earlierRow(events);
    expect(decodeEvents(sequence, timeMs, earlier), earlier).toEqual(events);
  }
  expect([...letters.keys()].sort()).toEqual(["A", "R", "a", "c", "e", "r", "t", "w"]);
  expect(Math.min(...letters.values())).toBeGreaterThan(500);
});

test("a row that cannot be decoded is an error", () => {
  expect(() => decodeEvents(7, 9, '[["w"]]')).toThrow("event 7: no order before it");
  expect(() => decodeEvents(7, 9, '[["A",1,0,5,3],["x"]]')).toThrow("event 8: unknown kind x");
});

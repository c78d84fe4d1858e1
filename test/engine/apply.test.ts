import { describe, expect, test } from "vitest";
import { apply } from "../../engine/apply.ts";
import { OrderBook } from "../../engine/book/order-book.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import type { Command } from "../../engine/vocabulary/command.ts";
import { EventBuffer } from "../../engine/vocabulary/event-buffer.ts";
import { runBookScript, SCRIPT_RULES } from "../support/book-script.ts";
import { EngineBook } from "../support/test-book.ts";

describe("apply", () => {
  test("a rejected command leaves the book exactly as it was", () => {
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

  test("a cancel of all orders that finishes an earlier one is stamped with its own time", () => {
    const engine = new EngineBook({ ...SCRIPT_RULES, maximumEventsAtOnce: 1 });
    const place = { kind: "place_limit", client: 1, quantityLots: 5, timeMs: 1 };
    const cancelAll = { kind: "cancel_all", client: 1, side: 1 };
    engine.apply({ ...place, side: 1, priceTicks: 20 } as Command);
    engine.apply({ ...place, side: 0, priceTicks: 10 } as Command);
    const first = engine.apply({ ...cancelAll, timeMs: 2 } as Command);
    expect(first.events.map(({ kind, timeMs }) => [kind, timeMs])).toEqual([
      ["cancelled", 2],
      ["left_unfinished", 2],
    ]);
    const second = engine.apply({ ...cancelAll, timeMs: 7 } as Command);
    expect(second.events).toMatchObject([{ kind: "left_unfinished", timeMs: 7, unfinished: undefined }]);
  });
});

import { describe, expect, test } from "vitest";
import { OrderBook } from "../../engine/book/order-book.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import { fold } from "../../engine/fold.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { runBookScript, SCRIPT_RULES } from "../support/book-script.ts";
import { EngineBook } from "../support/test-book.ts";

const SCRIPT = `
  | command           |
  | A sell 5 @ 101    |
  | B sell 5 @ 102    |
  | C buy 7 @ 102     |
  | D buy 9 @ 100     |
  | E sell 20 @ market |
  | cancel B          |
`;

/** The live book after the script, and its events. */
function live(): { book: OrderBook; events: Event[] } {
  const engine = new EngineBook(SCRIPT_RULES);
  const { outcomes } = runBookScript(SCRIPT, () => engine);
  return { book: engine.book, events: outcomes.flatMap((outcome) => outcome.events) };
}

describe("fold", () => {
  test("builds the live book from its events", () => {
    const { book, events } = live();
    const folded = new OrderBook(SCRIPT_RULES);
    for (const event of events) fold(folded, event);
    expect(stateHash(folded)).toBe(stateHash(book));
  });

  test("rejects an event that leaves a gap or is repeated, and changes nothing", () => {
    const { events } = live();
    const [first, second] = events as [Event, Event];
    const book = new OrderBook(SCRIPT_RULES);
    expect(() => fold(book, second)).toThrow("event 2 does not follow 0");
    fold(book, first);
    expect(() => fold(book, first)).toThrow("event 1 does not follow 1");
    expect(book.sequence).toBe(1);
  });

  test("rejects a trade with, or a cancel of, an order that does not rest", () => {
    for (const kind of ["traded", "cancelled"] as const) {
      const { events } = live();
      const event = events.find((each) => each.kind === kind && each.priceTicks !== undefined);
      const book = new OrderBook(SCRIPT_RULES);
      book.sequence = (event?.sequence ?? 0) - 1;
      expect(() => fold(book, event as Event)).toThrow(/order \d+ does not rest/);
    }
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { OrderBook } from "../../engine/book/order-book.ts";
import { stateHash } from "../../engine/book/state-hash.ts";
import { fold } from "../../engine/fold.ts";
import { runBookScript } from "../support/book-script.ts";
import { totalsOf } from "../support/fold-checker.ts";
import { NaiveBook } from "../support/naive-book.ts";
import { EngineBook, restoredBook } from "../support/test-book.ts";

const LINES = readFileSync("docs/MATCHING.md", "utf8").split("\n");

/** The tables of commands, each with the heading above it. */
const TABLES: { heading: string; table: string }[] = [];
let heading = "";
for (const [index, line] of LINES.entries()) {
  if (line.startsWith("## ")) heading = line.slice(3);
  if (!/^\| command /.test(line)) continue;
  const length = LINES.slice(index).findIndex((each) => !each.startsWith("|"));
  TABLES.push({ heading, table: LINES.slice(index, index + length).join("\n") });
}

test("the document has tables", () => {
  expect(TABLES.length).toBeGreaterThan(12);
});

describe.each([
  ["the engine's book", EngineBook],
  ["the naive book", NaiveBook],
])("docs/MATCHING.md on %s", (_name, Book) => {
  for (const [index, { heading: title, table }] of TABLES.entries()) {
    test(`${title} (table ${index + 1})`, () => {
      const { expected, actual } = runBookScript(table, (rules) => new Book(rules));
      expect(actual).toBe(expected);
    });
  }
});

describe("docs/MATCHING.md after each row", () => {
  for (const [index, { heading: title, table }] of TABLES.entries()) {
    test(`the events fold into the book, and its readable state restores it: ${title} (table ${index + 1})`, () => {
      let folded: OrderBook | undefined;
      runBookScript(table, (rules) => {
        const engine = new EngineBook(rules);
        folded = new OrderBook(rules);
        const apply = engine.apply.bind(engine);
        engine.apply = (command) => {
          const outcome = apply(command);
          for (const event of outcome.events) fold(folded as OrderBook, event);
          const hash = stateHash(engine.book);
          for (const other of [folded as OrderBook, restoredBook(engine)])
            expect([stateHash(other), totalsOf(other)]).toEqual([hash, totalsOf(engine.book)]);
          return outcome;
        };
        return engine;
      });
      expect(folded).toBeDefined();
    });
  }
});

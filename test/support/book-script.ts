import type { InstrumentRules } from "../../engine/vocabulary/rules.ts";
import { BUY, type PriceTicks, type QuantityLots, SELL } from "../../engine/vocabulary/units.ts";
import { InvariantChecker } from "./invariants.ts";
import { fail, parseCommand } from "./script-command.ts";
import { auctionText, levelsText, outcomeText, waitingText } from "./script-text.ts";
import type { Outcome, TestBook } from "./test-book.ts";

/**
 * Book scripts: tests of a book as Markdown tables that a person can read, here and in documentation.
 *
 *   | command        | outcome               | buys           | sells            |
 *   |----------------|-----------------------|----------------|------------------|
 *   | A sell 5 @ 101 | rests 5               |                | 101: A 5         |
 *   | B sell 5 @ 101 | rests 5               |                | 101: A 5, B 5    |
 *   | C buy 7 @ 103  | takes 5 from A @ 101; takes 2 from B @ 101 | | 101: B 3 |
 *   | cancel B       | cancelled 3 by_owner  |                |                  |
 *
 * Each row is one command, its complete outcome, and the whole book after it: price levels from the best,
 * split by `;`, each with its orders from the front of the queue and their remaining lots, and for an iceberg
 * the displayed `+` the hidden quantity. `waiting` lists stops, `auction` the expected result of an uncross.
 * A column that the header omits is not checked. A cell `"` repeats the one above it. An outcome of another
 * order than the row's own has that order's name. `script-command.ts` has the commands. Rows `rules FIELD =
 * VALUE, …` before the first command change the rules from `SCRIPT_RULES`. A row is a millisecond after the
 * previous row.
 */
interface BookScript {
  readonly rules: InstrumentRules;
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<Column, string>>[];
}

const COLUMNS = ["command", "outcome", "buys", "sells", "waiting", "auction"] as const;
type Column = (typeof COLUMNS)[number];

/** The default rules of a script. */
export const SCRIPT_RULES: InstrumentRules = {
  minimumPriceTicks: 1 as PriceTicks,
  maximumPriceTicks: 1_000 as PriceTicks,
  minimumQuantityLots: 1 as QuantityLots,
  maximumQuantityLots: 1_000 as QuantityLots,
  maximumRestingOrders: 1_000,
};

/** The result of a script: both tables in one form, to be compared as text. */
export interface ScriptResult {
  readonly expected: string;
  readonly actual: string;
  readonly outcomes: readonly Outcome[];
}

/** Runs a script on a new book, and checks the invariants after each command. */
export function runBookScript(text: string, newBook: (rules: InstrumentRules) => TestBook): ScriptResult {
  const script = parseBookScript(text);
  const book = newBook(script.rules);
  const checker = new InvariantChecker(book);
  const names = new Map<string, number>();
  const outcomes: Outcome[] = [];
  let time = 0;
  const actual = script.rows.map((row): Record<Column, string> => {
    const { command, placed } = parseCommand(row.command, time + 1, names);
    time = command.timeMs;
    const orderNumber = book.sequence + 1;
    const outcome = book.apply(command);
    checker.check(command, outcome);
    if (outcome.reject === undefined)
      for (const [at, name] of placed.entries()) names.set(name, orderNumber + at);
    outcomes.push(outcome);
    const own =
      "orderNumber" in command ? command.orderNumber : placed.length === 1 ? orderNumber : undefined;
    return {
      command: row.command,
      outcome: outcomeText(outcome, own, names),
      buys: levelsText(book, BUY, names),
      sells: levelsText(book, SELL, names),
      waiting: waitingText(book, names),
      auction: auctionText(book),
    };
  });
  const textOf = (rows: readonly Record<Column, string>[]) =>
    rows.map((row) => script.columns.map((column) => row[column]).join(" | ")).join("\n");
  return { expected: textOf(script.rows), actual: textOf(actual), outcomes };
}

/** Parses a table; see `BookScript` for the language. */
function parseBookScript(text: string): BookScript {
  const lines = text.split("\n").map((line) => line.trim());
  const table = lines.filter((line) => line !== "").map(cells);
  const columns = (table.shift() ?? []).map((title): Column => {
    const column = COLUMNS.find((known) => known === title);
    return column ?? fail(`no column has the name "${title}"`);
  });
  if (!columns.includes("command")) fail("a script requires a column named command");
  let rules = SCRIPT_RULES;
  const rows: Record<Column, string>[] = [];
  for (const row of table) {
    if (row.every((cell) => /^:?-+:?$/.test(cell))) continue;
    if (row.length !== columns.length)
      fail(`${row.length} cells under ${columns.length} titles: ${row.join("|")}`);
    const named = Object.fromEntries(COLUMNS.map((column) => [column, ""])) as Record<Column, string>;
    for (const [at, column] of columns.entries()) {
      const cell = row[at] ?? "";
      named[column] = cell === '"' ? (rows.at(-1)?.[column] ?? fail("nothing above to repeat")) : cell;
    }
    if (named.command.startsWith("rules ")) rules = { ...rules, ...parseRules(named.command) };
    else rows.push(named);
  }
  return { rules, columns, rows };
}

function cells(line: string): string[] {
  if (!line.startsWith("|") || !line.endsWith("|")) fail(`not a row of a table: ${line}`);
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim().replace(/\s+/g, " "));
}

function parseRules(text: string): Partial<InstrumentRules> {
  const changes: Record<string, number | Record<string, number>> = {};
  for (const part of text.slice("rules ".length).split(",")) {
    const [, field = "", value] = /^\s*([\w.]+) = (\d+)\s*$/.exec(part) ?? fail(`not a rule: ${part}`);
    const [name = "", member] = field.split(".");
    if (!RULE_NAMES.has(name)) fail(`no rule has the name ${field}`);
    if (member === undefined) changes[name] = Number(value);
    else changes[name] = { ...(changes[name] as Record<string, number>), [member]: Number(value) };
  }
  return changes as Partial<InstrumentRules>;
}

const RULE_NAMES = new Set([
  "maximumFills",
  "maximumEventsAtOnce",
  ...Object.keys(SCRIPT_RULES),
  "maximumOpenOrdersPerClient",
  "maximumWaitingStopsPerClient",
  "maximumIcebergSlices",
  "maximumWaitingStops",
  "maximumTrailingStops",
  "minimumNotional",
  "maximumNotional",
  "referencePriceTicks",
  "collarBasisPoints",
  "protectionBasisPoints",
  "volatility",
]);

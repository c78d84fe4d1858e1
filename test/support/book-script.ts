import type { Command } from "../../engine/command.ts";
import type { RestingOrder } from "../../engine/order-book.ts";
import type { InstrumentRules } from "../../engine/rules.ts";
import {
  BUY,
  type ClientNumber,
  type OrderNumber,
  type PriceTicks,
  type QuantityLots,
  SELL,
  type Side,
  type TimeMs,
} from "../../engine/units.ts";
import { InvariantChecker } from "./invariants.ts";
import type { Outcome, TestBook } from "./test-book.ts";

/**
 * Book scripts: tests of a book as Markdown tables that a person can read, here and in documentation.
 *
 *     | command        | outcome               | buys           | sells            |
 *     |----------------|-----------------------|----------------|------------------|
 *     | A sell 5 @ 101 | rests 5               |                | 101: A 5         |
 *     | B sell 5 @ 101 | rests 5               |                | 101: A 5, B 5    |
 *     | C buy 7 @ 103  | takes 5 from A @ 101; takes 2 from B @ 101 | | 101: B 3 |
 *     | cancel B       | cancelled 3 by_owner  |                |                  |
 *
 * Each row is one command, everything it must cause, and the whole book after it: price levels from the
 * best, split by `;`, each with its orders from the front of the queue and their remaining lots. A
 * column that the header leaves out is not checked; a cell `"` repeats the one above it.
 *
 * Commands: `NAME buy|sell LOTS @ TICKS`, with `@ market` for a market order and `by CLIENT` at the end
 * for another client than 1; `cancel NAME`, or `cancel #NUMBER` for an order number that no row named.
 * Rows `rules FIELD = VALUE, …` before the first command change the rules from `SCRIPT_RULES`.
 */
interface BookScript {
  readonly rules: InstrumentRules;
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<Column, string>>[];
}

const COLUMNS = ["command", "outcome", "buys", "sells"] as const;
type Column = (typeof COLUMNS)[number];

/** The rules of a script that states no others. */
export const SCRIPT_RULES: InstrumentRules = {
  minimumPriceTicks: 1 as PriceTicks,
  maximumPriceTicks: 1_000 as PriceTicks,
  minimumQuantityLots: 1 as QuantityLots,
  maximumQuantityLots: 1_000 as QuantityLots,
  maximumRestingOrders: 1_000,
};

/** What running a script gives: both tables in one form, to be compared as text. */
export interface ScriptResult {
  readonly expected: string;
  readonly actual: string;
  readonly outcomes: readonly Outcome[];
}

/** Runs a script on a book of its own, with the invariants checked after each command. */
export function runBookScript(text: string, newBook: (rules: InstrumentRules) => TestBook): ScriptResult {
  const script = parseBookScript(text);
  const book = newBook(script.rules);
  const checker = new InvariantChecker(book);
  const names = new Map<string, number>();
  const outcomes: Outcome[] = [];
  const actual = script.rows.map((row, index): Record<Column, string> => {
    const command = parseCommand(row.command, index + 1, names);
    const orderNumber = book.sequence + 1;
    const outcome = book.apply(command);
    checker.check(command, outcome);
    if (command.kind !== "cancel" && outcome.reject === undefined)
      names.set(row.command.split(" ")[0] ?? "", orderNumber);
    outcomes.push(outcome);
    return {
      command: row.command,
      outcome: outcomeText(outcome, names),
      buys: levelsText(book.restingOrders(BUY), names),
      sells: levelsText(book.restingOrders(SELL), names),
    };
  });
  const textOf = (rows: readonly Record<Column, string>[]) =>
    rows.map((row) => script.columns.map((column) => row[column]).join(" | ")).join("\n");
  return { expected: textOf(script.rows), actual: textOf(actual), outcomes };
}

/** Reads a table; see `BookScript` for the language. */
function parseBookScript(text: string): BookScript {
  const lines = text.split("\n").map((line) => line.trim());
  const table = lines.filter((line) => line !== "").map(cells);
  const columns = (table.shift() ?? []).map((title): Column => {
    const column = COLUMNS.find((known) => known === title);
    return column ?? fail(`no column is called "${title}"`);
  });
  if (!columns.includes("command")) fail("a script needs a column called command");
  let rules = SCRIPT_RULES;
  const rows: Record<Column, string>[] = [];
  for (const row of table) {
    if (row.every((cell) => /^:?-+:?$/.test(cell))) continue;
    if (row.length !== columns.length)
      fail(`${row.length} cells under ${columns.length} titles: ${row.join("|")}`);
    const named: Record<Column, string> = { command: "", outcome: "", buys: "", sells: "" };
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
  const changes: Record<string, number> = {};
  for (const part of text.slice("rules ".length).split(",")) {
    const [, field = "", value] = /^\s*(\w+) = (\d+)\s*$/.exec(part) ?? fail(`no rule: ${part}`);
    if (!(field in SCRIPT_RULES)) fail(`no rule is called ${field}`);
    changes[field] = Number(value);
  }
  return changes as Partial<InstrumentRules>;
}

const PLACE = /^\w+ (buy|sell) (\d+) @ (market|\d+)(?: by (\d+))?$/;
const CANCEL = /^cancel (?:(\w+)|#(\d+))$/;

function parseCommand(text: string, time: number, names: ReadonlyMap<string, number>): Command {
  const timeMs = time as TimeMs;
  const cancel = CANCEL.exec(text);
  if (cancel !== null) {
    const [, name, number] = cancel;
    const orderNumber = name === undefined ? Number(number) : names.get(name);
    if (orderNumber === undefined) fail(`no accepted order is called ${name}`);
    return { kind: "cancel", timeMs, orderNumber: orderNumber as OrderNumber };
  }
  const [, sideName, lots, price, clientText] = PLACE.exec(text) ?? fail(`no command: ${text}`);
  const side: Side = sideName === "buy" ? BUY : SELL;
  const client = Number(clientText ?? 1) as ClientNumber;
  const common = { timeMs, client, side, quantityLots: Number(lots) as QuantityLots };
  if (price === "market") return { kind: "place_market", ...common };
  return { kind: "place_limit", ...common, priceTicks: Number(price) as PriceTicks };
}

function outcomeText(outcome: Outcome, names: ReadonlyMap<string, number>): string {
  if (outcome.reject !== undefined) return `rejected ${outcome.reject}`;
  const parts: string[] = [];
  for (const event of outcome.events) {
    if (event.kind === "traded") {
      const maker = nameOf(event.makerOrderNumber, names);
      parts.push(`takes ${event.quantityLots} from ${maker} @ ${event.priceTicks}`);
    }
    if (event.kind === "rested") parts.push(`rests ${event.remainingLots}`);
    if (event.kind === "cancelled") parts.push(`cancelled ${event.cancelledLots} ${event.reason}`);
  }
  return parts.join("; ");
}

function levelsText(orders: readonly RestingOrder[], names: ReadonlyMap<string, number>): string {
  const byPrice = Map.groupBy(orders, (order) => order.priceTicks);
  const level = ([price, queue]: [number, RestingOrder[]]) =>
    `${price}: ${queue.map((order) => `${nameOf(order.orderNumber, names)} ${order.remainingLots}`).join(", ")}`;
  return [...byPrice].map(level).join("; ");
}

function nameOf(orderNumber: number, names: ReadonlyMap<string, number>): string {
  for (const [name, number] of names) if (number === orderNumber) return name;
  return `#${orderNumber}`;
}

function fail(message: string): never {
  throw new Error(`book script: ${message}`);
}

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** LOBSTER's prices are dollars × 10,000; we keep them so, as integers. */
export const PRICE_SCALE = 4;

export type Side = "buy" | "sell";

/** What a message says happened, by its type's number in the file. */
export const MESSAGE_TYPES = {
  1: "new",
  2: "partial_cancel",
  3: "delete",
  4: "execution",
  5: "hidden_execution",
  6: "auction_trade",
  7: "halt",
} as const;
export type MessageType = (typeof MESSAGE_TYPES)[keyof typeof MESSAGE_TYPES];

/** One line of a LOBSTER message file. */
export interface Message {
  /** Counted from 1. */
  readonly line: number;
  readonly type: MessageType;
  /** The exchange's own number of the order. */
  readonly number: number;
  readonly lots: number;
  readonly price: number;
  /** Side of the resting order, also in an execution. */
  readonly side: Side;
}

export interface RowLevel {
  readonly price: number;
  readonly lots: number;
}

/** One line of a LOBSTER book file, best level first; levels that do not exist are left out. */
export interface BookRow {
  readonly line: number;
  readonly asks: readonly RowLevel[];
  readonly bids: readonly RowLevel[];
  /** How many levels a side the file has room for. */
  readonly levelsMax: number;
}

/** Whether a message is of nothing that stands on the book that everybody sees. Its price may be between ticks. */
export function isOffBook({ type }: Message): boolean {
  return type === "hidden_execution" || type === "auction_trade" || type === "halt";
}

/** A line that is not what it should be, naming the line and the column. */
export class LineError extends Error {
  override readonly name = "LineError";
}

/** The text of a file, unpacked where its name ends in `.gz`. */
export function readText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

/**
 * A file's head line, which names its columns: every column of the first line begins with a letter. It is skipped,
 * and counted as a line. Undefined without one.
 */
export function headLine(text: string): string | undefined {
  const [first = ""] = withoutMark(text).split(/\r?\n/, 1);
  return first.split(",").every((column) => /^\s*"?[A-Za-z]/.test(column)) ? first : undefined;
}

/**
 * Reads a message file.
 * @param name how errors call it.
 * @throws LineError at the first line that is not a message.
 */
export function parseMessages(text: string, name: string): Message[] {
  return splitLines(text).map(({ text, line }) => parseMessage(text, { name, line }));
}

/**
 * Reads a book file.
 * @param name how errors call it.
 * @throws LineError at the first line that is not a row of the book.
 */
export function parseBook(text: string, name: string): BookRow[] {
  const lines = splitLines(text);
  const first = { line: lines[0]?.line ?? 1, columns: lines[0]?.text.split(",").length ?? 0 };
  return lines.map(({ text, line }) => parseRow(text, first, { name, line }));
}

interface Place {
  readonly name: string;
  readonly line: number;
}

interface Line {
  readonly text: string;
  /** Counted from 1, head line included. */
  readonly line: number;
}

/** The lines below the head line. */
function splitLines(text: string): Line[] {
  const lines = withoutMark(text)
    .split(/\r?\n/)
    .map((each, index) => ({ text: each, line: index + 1 }));
  if (lines.at(-1)?.text === "") lines.pop();
  return headLine(text) === undefined ? lines : lines.slice(1);
}

/** A text without the mark with which some programs begin UTF-8. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function parseMessage(text: string, place: Place): Message {
  const [time, typeText, number, lots, price, direction, ...more] = text.split(",");
  if (direction === undefined || more.length > 0) {
    throw fault(place, `has ${text.split(",").length} columns and must have 6`);
  }
  if (!/^\d+(\.\d+)?$/.test(time ?? "")) throw columnFault(place, 1, "time", time, "seconds after midnight");
  const type = MESSAGE_TYPES[Number(typeText) as keyof typeof MESSAGE_TYPES];
  if (type === undefined || typeText?.length !== 1) {
    throw columnFault(place, 2, "type", typeText, "one of 1 to 7");
  }
  if (direction !== "1" && direction !== "-1") {
    throw columnFault(place, 6, "direction", direction, "1 (buy) or -1 (sell)");
  }
  // A halt says in its price what kind of halt it is, and has no size.
  const isHalt = type === "halt";
  return {
    line: place.line,
    type,
    number: integer(place, 3, "order id", number, 0),
    lots: integer(place, 4, "size", lots, isHalt ? 0 : 1),
    price: integer(place, 5, "price", price, isHalt ? -1 : 1),
    side: direction === "1" ? "buy" : "sell",
  };
}

function parseRow(text: string, first: { line: number; columns: number }, place: Place): BookRow {
  const { columns } = first;
  const fields = text.split(",");
  if (columns % 4 !== 0) throw fault(place, `has ${columns} columns and must have 4 a level`);
  if (fields.length !== columns) {
    throw fault(place, `has ${fields.length} columns and line ${first.line} has ${columns}`);
  }
  const sides: Record<"asks" | "bids", RowLevel[]> = { asks: [], bids: [] };
  for (let index = 0; index < columns; index += 2) {
    const side = index % 4 === 0 ? "asks" : "bids";
    const level = Math.floor(index / 4) + 1;
    const price = integer(place, index + 1, `level ${level} ${side} price`, fields[index]);
    const lots = integer(place, index + 2, `level ${level} ${side} size`, fields[index + 1], 0);
    // A level that does not exist has size 0 and a price out of any range.
    if (lots > 0) sides[side].push({ price, lots });
  }
  return { line: place.line, ...sides, levelsMax: columns / 4 };
}

function integer(
  place: Place,
  column: number,
  name: string,
  text: string | undefined,
  minimum = Number.NEGATIVE_INFINITY,
): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text ?? "") && Number.isSafeInteger(value) && value >= minimum) return value;
  const expected = Number.isFinite(minimum) ? `an integer of at least ${minimum}` : "an integer";
  throw columnFault(place, column, name, text, expected);
}

function columnFault(place: Place, column: number, name: string, text: string | undefined, expected: string) {
  return fault(place, `column ${column} (${name}) is "${text}" and must be ${expected}`);
}

function fault(place: Place, rule: string): LineError {
  return new LineError(`${place.name}, line ${place.line}: ${rule}`);
}

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** LOBSTER's prices are dollars × 10,000. They stay integers here. */
export const PRICE_SCALE = 4;

export type Side = "buy" | "sell";

/** The event of a message, by the number of its type in the file. */
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
  /** Side of the resting order, even in an execution. */
  readonly side: Side;
}

export interface RowLevel {
  readonly price: number;
  readonly lots: number;
}

/** One line of a LOBSTER book file, best level first. Levels that do not exist are omitted. */
export interface BookRow {
  readonly line: number;
  readonly asks: readonly RowLevel[];
  readonly bids: readonly RowLevel[];
  /** The number of levels per side that the file has. */
  readonly levelsMax: number;
}

/** Whether a message does not concern the visible book. Its price may be between ticks. */
export function isOffBook({ type }: Message): boolean {
  return type === "hidden_execution" || type === "auction_trade" || type === "halt";
}

/** An invalid line. The message names the line and the column. */
export class LineError extends Error {
  override readonly name = "LineError";
}

/** The text of a file, decompressed if its name ends in `.gz`. */
export function readText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

/**
 * The header line of a file, which names its columns. It is a header if every column of the first line begins
 * with a letter. It is skipped, but counted as a line. Undefined if there is none.
 */
export function headLine(text: string): string | undefined {
  const [first = ""] = withoutMark(text).split(/\r?\n/, 1);
  return first.split(",").every((column) => /^\s*"?[A-Za-z]/.test(column)) ? first : undefined;
}

/**
 * Parses a message file.
 * @param name the file's name in errors.
 * @throws LineError at the first line that is not a message.
 */
export function parseMessages(text: string, name: string): Message[] {
  return splitLines(text).map(({ text, line }) => parseMessage(text, { name, line }));
}

/**
 * Parses a book file.
 * @param name the file's name in errors.
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
  /** Counted from 1, including the header line. */
  readonly line: number;
}

/** The lines below the header line. */
function splitLines(text: string): Line[] {
  const lines = withoutMark(text)
    .split(/\r?\n/)
    .map((each, index) => ({ text: each, line: index + 1 }));
  if (lines.at(-1)?.text === "") lines.pop();
  return headLine(text) === undefined ? lines : lines.slice(1);
}

/** A text without the byte order mark with which some programs begin UTF-8. */
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
  // The price of a halt encodes its kind, and a halt has no size.
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
    // A level that does not exist has size 0 and an impossible price.
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

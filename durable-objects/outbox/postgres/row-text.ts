import { ORDER_COLUMNS, type Row, TRADE_COLUMNS } from "./postgres-rows.ts";

/** A row as JSON. A column's index replaces its name, and nulls are omitted. */
export type RowText = string;

/**
 * The longest rows in one request to Postgres. They are ASCII, and the driver embeds them in JSON again,
 * which at most doubles their length, so a request stays below 1 MB.
 */
export const ROWS_LENGTH_MAX = 450_000;

const ORDER_NAMES = Object.keys(ORDER_COLUMNS);
const TRADE_NAMES = Object.keys(TRADE_COLUMNS);

export function orderText(row: Row): RowText {
  return rowText(ORDER_NAMES, row);
}

export function tradeText(row: Row): RowText {
  return rowText(TRADE_NAMES, row);
}

function rowText(names: readonly string[], row: Row): RowText {
  const values: Record<number, unknown> = {};
  for (const [place, name] of names.entries()) {
    const value = row[name];
    if (value !== null && value !== undefined) values[place] = value;
  }
  return JSON.stringify(values);
}

/** Groups rows into as few lists as possible, each of which fits into a request. */
export function* rowLists(rows: readonly RowText[]): Generator<RowText[]> {
  let list: RowText[] = [];
  let length = 0;
  for (const row of rows) {
    if (length + row.length + 1 > ROWS_LENGTH_MAX) {
      yield list;
      list = [];
      length = 0;
    }
    list.push(row);
    length += row.length + 1;
  }
  if (list.length > 0) yield list;
}

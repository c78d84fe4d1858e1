import { ORDER_COLUMNS, type Row, TRADE_COLUMNS } from "./postgres-rows.ts";

/** A row as JSON, in which a column's place stands for its name, and which leaves out what is null. */
export type RowText = string;

/**
 * So long are the rows of one request to Postgres at most. They are ASCII, and the driver puts them into JSON once
 * more, which takes at most one character more for each of theirs: a request stays below 1 MB.
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

/** Rows in as few lists as fit into a request each. */
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

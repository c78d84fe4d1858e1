import type pg from "pg";
import type { Row } from "./row-compare.ts";

const ROWS_AT_ONCE = 5_000;
/** To the microsecond, in UTC. */
const TIME_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';

/**
 * Every row of an instrument in a table, with every column except omitted ones, and every value as text:
 * numbers in their stored digits.
 */
export async function* readRows(
  client: pg.Client,
  table: "orders" | "trades" | "watermarks",
  instrument: string,
  leftOut: readonly string[] = [],
): AsyncGenerator<Row> {
  const columns = await client.query<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = current_schema AND table_name = $1`,
    [table],
  );
  const texts = columns.rows
    .filter(({ name }) => !leftOut.includes(name))
    .map(({ name, type }) =>
      type === "timestamp with time zone"
        ? `to_char(${name} AT TIME ZONE 'UTC', '${TIME_FORMAT}') AS ${name}`
        : `${name}::text AS ${name}`,
    );
  await client.query("BEGIN READ ONLY");
  try {
    const query = `SELECT ${texts.join(", ")} FROM ${table} WHERE instrument = ${client.escapeLiteral(instrument)}`;
    await client.query(`DECLARE all_rows NO SCROLL CURSOR FOR ${query}`);
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${ROWS_AT_ONCE} FROM all_rows`);
      if (rows.length === 0) break;
      yield* rows;
    }
  } finally {
    await client.query("ROLLBACK");
  }
}

/** The number of rows in a table, of all instruments. */
export async function countRows(
  client: pg.Client,
  table: "orders" | "trades" | "watermarks" | "outbox_dead",
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${table}`);
  return Number(rows[0]?.count);
}

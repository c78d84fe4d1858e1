/** A row by column, every value as text. */
export type Row = Readonly<Record<string, string | null>>;

/** The most differences of a table that are named. The rest are counted. */
const NAMED_MAX = 5;

export interface Comparison {
  readonly rowCount: number;
  /** The differences as text; empty if the tables are equal. */
  readonly differences: readonly string[];
}

/**
 * Compares a table with the expected one, row by row and column by column, in both directions. A column that
 * only one of them has is a difference too.
 * @param keyColumn identifies a row. It is unique among the expected rows.
 */
export async function compareRows(
  table: string,
  keyColumn: string,
  expected: Iterable<Row>,
  actual: AsyncIterable<Row> | Iterable<Row>,
): Promise<Comparison> {
  const missing = new Map<string, Row>();
  for (const row of expected) missing.set(keyOf(row, keyColumn), row);
  const seen = new Set<string>();
  const differences: string[] = [];
  let differenceCount = 0;
  const say = (difference: string) => {
    if (++differenceCount <= NAMED_MAX) differences.push(`${table} ${difference}`);
  };
  for await (const row of actual) {
    const key = keyOf(row, keyColumn);
    const wanted = missing.get(key);
    if (seen.has(key)) say(`${key} is there twice`);
    else if (wanted === undefined) say(`${key} is there, and nothing made it: ${JSON.stringify(row)}`);
    else for (const difference of fieldDifferences(wanted, row)) say(`${key}: ${difference}`);
    missing.delete(key);
    seen.add(key);
  }
  for (const [key, row] of missing) say(`${key} is missing: ${JSON.stringify(row)}`);
  if (differenceCount > NAMED_MAX)
    differences.push(`${table}: ${differenceCount - NAMED_MAX} differences more`);
  return { rowCount: seen.size, differences };
}

function fieldDifferences(expected: Row, actual: Row): string[] {
  const columns = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...columns]
    .filter((column) => expected[column] !== actual[column])
    .map((column) => `${column} is ${actual[column]}, and should be ${expected[column]}`);
}

function keyOf(row: Row, column: string): string {
  const key = row[column];
  if (typeof key !== "string") throw new Error(`a row has no ${column}: ${JSON.stringify(row)}`);
  return key;
}

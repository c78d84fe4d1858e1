/** A schema step: the parts of an answer that do not fit into its row. They are deleted with the row. */
export const ANSWER_PARTS = `
ALTER TABLE idempotency ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
CREATE TABLE answer_parts (
  answer INTEGER NOT NULL,
  part INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (answer, part)
) WITHOUT ROWID;
CREATE TRIGGER answer_parts_go AFTER DELETE ON idempotency WHEN OLD.parts > 0
  BEGIN DELETE FROM answer_parts WHERE answer = OLD.id; END;
`;

/**
 * A text of this length is below 1 MB whatever its content: a UTF-16 unit has at most three bytes of UTF-8.
 */
const PART_LENGTH_MAX = 300_000;

/**
 * Splits a text into as few parts as possible, each of which fits into a value. It does not split a surrogate
 * pair.
 */
export function textParts(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    let end = from + PART_LENGTH_MAX;
    if (isHighSurrogate(text.charCodeAt(end - 1))) end--;
    parts.push(text.slice(from, end));
    from = end;
  }
  return parts;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** Appends parts to an answer that has `count` of them. */
export function writeParts(sql: SqlStorage, answer: number, count: number, parts: readonly string[]): void {
  for (const [index, text] of parts.entries())
    sql.exec("INSERT INTO answer_parts (answer, part, text) VALUES (?, ?, ?)", answer, count + index, text);
}

/** The parts of an answer after the first, concatenated. */
export function readParts(sql: SqlStorage, answer: number): string {
  const rows = sql.exec<{ text: string }>(
    "SELECT text FROM answer_parts WHERE answer = ? ORDER BY part",
    answer,
  );
  return Array.from(rows, ({ text }) => text).join("");
}

/** A schema step: what does not fit into the row of a key's answer. It goes when the row goes. */
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

/** So long a text is below 1 MB, whatever is in it: a UTF-16 unit has three bytes of UTF-8 at most. */
const PART_LENGTH_MAX = 300_000;

/** A text in as few parts as fit into a value each; a character of two units is not divided. */
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

/** Adds parts to an answer that has so many. */
export function writeParts(sql: SqlStorage, answer: number, count: number, parts: readonly string[]): void {
  for (const [index, text] of parts.entries())
    sql.exec("INSERT INTO answer_parts (answer, part, text) VALUES (?, ?, ?)", answer, count + index, text);
}

/** The further parts of an answer, put together. */
export function readParts(sql: SqlStorage, answer: number): string {
  const rows = sql.exec<{ text: string }>(
    "SELECT text FROM answer_parts WHERE answer = ? ORDER BY part",
    answer,
  );
  return Array.from(rows, ({ text }) => text).join("");
}

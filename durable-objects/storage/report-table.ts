/** The number of its newest reports that a client can resume from. */
const REPORTS_KEPT = 10_000;
/** Reports are written and read in parts of this many characters, plus one report. */
const PART_LENGTH = 512 * 1024;

/**
 * The execution reports of the clients that have ever asked for theirs, numbered without gaps per client.
 * Every method is synchronous; the caller opens the transaction.
 */
export class ReportTable {
  readonly #sql: SqlStorage;
  /** The last number of each enrolled client; undefined until it was read. */
  #lasts: Map<number, number> | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** From now on the client's reports are stored. @returns the number of its last report. */
  enrol(client: number): number {
    const last = this.#read().get(client);
    if (last !== undefined) return last;
    this.#sql.exec("INSERT INTO report_clients (client_number, last_report) VALUES (?, 0)", client);
    this.#read().set(client, 0);
    return 0;
  }

  /** The number of clients whose reports are stored. */
  get count(): number {
    return this.#read().size;
  }

  /** Whether the reports of a client are stored. */
  has(client: number): boolean {
    return this.#read().has(client);
  }

  /** The number of a client's last report. */
  last(client: number): number {
    return this.#read().get(client) ?? 0;
  }

  /** The number of the oldest stored report; one above the last if there is none. */
  oldest(client: number): number {
    const query = "SELECT min(report_number) AS oldest FROM reports WHERE client_number = ?";
    return this.#sql.exec<{ oldest: number | null }>(query, client).one().oldest ?? this.last(client) + 1;
  }

  /**
   * The next reports after a number as they were published, oldest first: as many as fit into one message.
   */
  after(client: number, reportNumber: number): string[] {
    const query =
      "SELECT report FROM reports WHERE client_number = ? AND report_number > ? ORDER BY report_number";
    return firstPart(reportsOf(this.#sql.exec<{ report: string }>(query, client, reportNumber)));
  }

  /**
   * Stores more reports of a client. A flush deletes none of its own reports, since a subscriber gets all
   * that a flush contains.
   * @param texts numbered from the one after the last.
   */
  append(client: number, texts: readonly string[]): void {
    const before = this.last(client);
    const last = before + texts.length;
    for (let at = 0; at < texts.length; ) {
      const part = firstPart(from(texts, at));
      this.#sql.exec(
        "INSERT INTO reports SELECT ?, ? + key, value FROM json_each(?)",
        client,
        before + at + 1,
        JSON.stringify(part),
      );
      at += part.length;
    }
    this.#sql.exec("UPDATE report_clients SET last_report = ? WHERE client_number = ?", last, client);
    this.#sql.exec(
      "DELETE FROM reports WHERE client_number = ? AND report_number <= ?",
      client,
      Math.min(before, last - REPORTS_KEPT),
    );
    this.#read().set(client, last);
  }

  /** Drops the caches after storage was rewritten. */
  forget(): void {
    this.#lasts = undefined;
  }

  #read(): Map<number, number> {
    if (this.#lasts === undefined) {
      const rows = this.#sql.exec<{ client_number: number; last_report: number }>(
        "SELECT * FROM report_clients",
      );
      this.#lasts = new Map(
        Array.from(rows, ({ client_number, last_report }) => [client_number, last_report]),
      );
    }
    return this.#lasts;
  }
}

function* from(texts: readonly string[], first: number): Generator<string> {
  for (let at = first; at < texts.length; at++) yield texts[at] as string;
}

function* reportsOf(rows: Iterable<{ readonly report: string }>): Generator<string> {
  for (const { report } of rows) yield report;
}

/** The first texts, until they are long enough for one part. */
function firstPart(texts: Iterable<string>): string[] {
  const part: string[] = [];
  let length = 0;
  for (const text of texts) {
    part.push(text);
    length += text.length;
    if (length >= PART_LENGTH) break;
  }
  return part;
}

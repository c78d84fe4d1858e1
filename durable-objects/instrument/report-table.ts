/** How many of its newest reports a client can go back to. */
const REPORTS_KEPT = 10_000;

/**
 * The execution reports of the clients that have ever asked for theirs, numbered gaplessly for each. Every
 * method is synchronous; the caller opens the transaction.
 */
export class ReportTable {
  readonly #sql: SqlStorage;
  /** The last number of each enrolled client, undefined until it was read. */
  #lasts: Map<number, number> | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** From now on a client's reports are kept. @returns the number of its last one. */
  enrol(client: number): number {
    const last = this.#read().get(client);
    if (last !== undefined) return last;
    this.#sql.exec("INSERT INTO report_clients (client_number, last_report) VALUES (?, 0)", client);
    this.#read().set(client, 0);
    return 0;
  }

  /** How many clients' reports are kept. */
  get count(): number {
    return this.#read().size;
  }

  /** Whether the reports of a client are kept. */
  has(client: number): boolean {
    return this.#read().has(client);
  }

  /** The number of a client's last report. */
  last(client: number): number {
    return this.#read().get(client) ?? 0;
  }

  /** The number of the oldest report that is kept; one above the last where none is. */
  oldest(client: number): number {
    const query = "SELECT min(report_number) AS oldest FROM reports WHERE client_number = ?";
    return this.#sql.exec<{ oldest: number | null }>(query, client).one().oldest ?? this.last(client) + 1;
  }

  /** The reports after a number as they were told, oldest first. */
  after(client: number, reportNumber: number): string[] {
    const query =
      "SELECT report FROM reports WHERE client_number = ? AND report_number > ? ORDER BY report_number";
    return Array.from(
      this.#sql.exec<{ report: string }>(query, client, reportNumber),
      ({ report }) => report,
    );
  }

  /** Keeps more reports of a client. @param write makes the text of a report from its number. */
  append(client: number, reports: readonly ((reportNumber: number) => string)[]): void {
    let last = this.last(client);
    for (const write of reports) {
      last++;
      this.#sql.exec("INSERT INTO reports VALUES (?, ?, ?)", client, last, write(last));
    }
    this.#sql.exec("UPDATE report_clients SET last_report = ? WHERE client_number = ?", last, client);
    this.#sql.exec(
      "DELETE FROM reports WHERE client_number = ? AND report_number <= ?",
      client,
      last - REPORTS_KEPT,
    );
    this.#read().set(client, last);
  }

  /** After storage was written anew. */
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

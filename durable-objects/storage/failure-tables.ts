/** A schema step: failed flushes, the requests that may be the cause, and those that are. */
export const FAILURE_TABLES = `
CREATE TABLE flush_failures (
  failure INTEGER PRIMARY KEY AUTOINCREMENT,
  time_ms INTEGER NOT NULL,
  error TEXT NOT NULL
);
CREATE TABLE suspects (
  hash TEXT PRIMARY KEY,
  failure INTEGER NOT NULL,
  tries INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE quarantine (
  record INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  time_ms INTEGER NOT NULL,
  error TEXT NOT NULL,
  request TEXT NOT NULL
);
`;

/** A request that failed alone, as it is reported. */
export interface QuarantinedRequest {
  /** SHA-256 of the request as it arrived, in hexadecimal digits. */
  readonly hash: string;
  readonly timeMs: number;
  /** The error of its last flush. */
  readonly error: string;
  /** The beginning of the request. */
  readonly request: string;
}

interface QuarantineRow extends Record<string, SqlStorageValue> {
  hash: string;
  time_ms: number;
  error: string;
  request: string;
}

/** The most quarantined requests. Beyond them, the oldest is dropped. */
const QUARANTINED_MAX = 1_000;
/** The most suspects, which is more than several flushes contain. */
const SUSPECTS_MAX = 5_000;
/** The number of failures kept for reports. */
const FAILURES_KEPT = 20;
/** The most characters kept of an error or a request. */
const TEXT_MAX = 500;

/**
 * What an instrument stores about failed flushes: their times, the hashes of their requests, and the requests
 * that failed alone. Every method is synchronous; the caller opens the transaction.
 */
export class FailureTables {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  suspects(): string[] {
    return Array.from(this.#sql.exec<{ hash: string }>("SELECT hash FROM suspects"), ({ hash }) => hash);
  }

  quarantined(): string[] {
    return Array.from(this.#sql.exec<{ hash: string }>("SELECT hash FROM quarantine"), ({ hash }) => hash);
  }

  /** The newest requests that failed alone, at most `limit`. */
  newestQuarantined(limit: number): QuarantinedRequest[] {
    const rows = this.#sql.exec<QuarantineRow>(
      "SELECT hash, time_ms, error, request FROM quarantine ORDER BY record DESC LIMIT ?",
      limit,
    );
    return Array.from(rows, ({ time_ms, ...row }) => ({ ...row, timeMs: time_ms }));
  }

  /**
   * The number of requests that failed alone within a time of now, in either direction, since the clock may
   * have been set.
   */
  quarantinedWithin(spanMs: number, nowMs: number): number {
    return this.#countWithin("quarantine", spanMs, nowMs);
  }

  /** The number of failures within a time of now that no request explains. */
  failuresWithin(spanMs: number, nowMs: number): number {
    return this.#countWithin("flush_failures", spanMs, nowMs);
  }

  /** The error of the last failure that no request explains, if there is one. */
  lastError(): string | undefined {
    const query = "SELECT error FROM flush_failures ORDER BY failure DESC LIMIT 1";
    return this.#sql.exec<{ error: string }>(query).toArray()[0]?.error;
  }

  /** Records a failure, and that each of these requests may be its cause. */
  addFailure(hashes: ReadonlySet<string>, error: string, timeMs: number): void {
    const add = "INSERT INTO flush_failures (time_ms, error) VALUES (?, ?) RETURNING failure";
    const { failure } = this.#sql.exec<{ failure: number }>(add, timeMs, cut(error)).one();
    this.#sql.exec("DELETE FROM flush_failures WHERE failure <= ?", failure - FAILURES_KEPT);
    this.#sql.exec(
      "INSERT OR REPLACE INTO suspects (hash, failure, tries) SELECT value, ?, 0 FROM json_each(?)",
      failure,
      JSON.stringify([...hashes]),
    );
    this.#sql.exec(
      "DELETE FROM suspects WHERE hash IN (SELECT hash FROM suspects ORDER BY failure DESC LIMIT -1 OFFSET ?)",
      SUSPECTS_MAX,
    );
  }

  /** Records that a suspect is about to run alone. */
  addTry(hash: string): void {
    this.#sql.exec("UPDATE suspects SET tries = tries + 1 WHERE hash = ?", hash);
  }

  /** Clears a suspect that ran alone and did not fail. */
  acquit(hash: string): void {
    this.#sql.exec("DELETE FROM suspects WHERE hash = ?", hash);
  }

  /** Quarantines a suspect that failed alone. It also explains the failure that it was noted with. */
  convict({ hash, timeMs, error, request }: QuarantinedRequest): void {
    this.#sql.exec(
      "DELETE FROM flush_failures WHERE failure = (SELECT failure FROM suspects WHERE hash = ?)",
      hash,
    );
    this.acquit(hash);
    this.#sql.exec(
      "INSERT OR REPLACE INTO quarantine (hash, time_ms, error, request) VALUES (?, ?, ?, ?)",
      hash,
      timeMs,
      cut(error),
      cut(request),
    );
    this.#sql.exec(
      "DELETE FROM quarantine WHERE record <= (SELECT record FROM quarantine ORDER BY record DESC LIMIT 1 OFFSET ?)",
      QUARANTINED_MAX,
    );
  }

  /** Releases the quarantined requests. Each runs alone at first. @returns the number of requests. */
  release(): number {
    const count = this.quarantined().length;
    this.#sql.exec(
      "INSERT OR REPLACE INTO suspects (hash, failure, tries) SELECT hash, 0, 0 FROM quarantine",
    );
    this.#sql.exec("DELETE FROM quarantine");
    return count;
  }

  /** Restarts the count of failures. */
  forgetFailures(): void {
    this.#sql.exec("DELETE FROM flush_failures");
  }

  #countWithin(table: "quarantine" | "flush_failures", spanMs: number, nowMs: number): number {
    const query = `SELECT count(*) AS count FROM ${table} WHERE abs(? - time_ms) < ?`;
    return this.#sql.exec<{ count: number }>(query, nowMs, spanMs).one().count;
  }
}

function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}…`;
}

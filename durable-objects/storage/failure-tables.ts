/** A schema step: flushes that failed, the requests that may be the cause, and those that are. */
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

/** What is told of a request that failed alone. */
export interface QuarantinedRequest {
  /** SHA-256 of the request as it came, in hexadecimal digits. */
  readonly hash: string;
  readonly timeMs: number;
  /** What its last flush failed with. */
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

/** So many requests are refused at most; of more, the oldest is forgotten. */
const QUARANTINED_MAX = 1_000;
/** So many requests that may be at fault are noted at most, which is more than several flushes hold. */
const SUSPECTS_MAX = 5_000;
/** So many failures are kept to tell of. */
const FAILURES_KEPT = 20;
/** So many characters of an error or a request are kept. */
const TEXT_MAX = 500;

/**
 * What an instrument remembers of flushes that failed: when, the hashes of the requests that were in them,
 * and the requests that failed alone. Every method is synchronous; the caller opens the transaction.
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

  /** How many requests have failed alone within a time of now, whichever way the clock has gone. */
  quarantinedWithin(spanMs: number, nowMs: number): number {
    return this.#countWithin("quarantine", spanMs, nowMs);
  }

  /** How many failures that no request explains are within a time of now. */
  failuresWithin(spanMs: number, nowMs: number): number {
    return this.#countWithin("flush_failures", spanMs, nowMs);
  }

  /** What the last failure that no request explains was, if there is one. */
  lastError(): string | undefined {
    const query = "SELECT error FROM flush_failures ORDER BY failure DESC LIMIT 1";
    return this.#sql.exec<{ error: string }>(query).toArray()[0]?.error;
  }

  /** Notes a failure, and that each of these requests may be its cause. */
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

  /** Notes that a suspect is about to run alone. */
  addTry(hash: string): void {
    this.#sql.exec("UPDATE suspects SET tries = tries + 1 WHERE hash = ?", hash);
  }

  /** A suspect has run alone and did not fail. */
  acquit(hash: string): void {
    this.#sql.exec("DELETE FROM suspects WHERE hash = ?", hash);
  }

  /** A suspect has failed alone: it is the cause of the failure that it was noted with, too. */
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

  /** What was refused is taken again, alone at first. @returns how many requests. */
  release(): number {
    const count = this.quarantined().length;
    this.#sql.exec(
      "INSERT OR REPLACE INTO suspects (hash, failure, tries) SELECT hash, 0, 0 FROM quarantine",
    );
    this.#sql.exec("DELETE FROM quarantine");
    return count;
  }

  /** Begins to count failures anew. */
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

/** A schema step: the counters of an instrument. A rebuild keeps them. */
export const COUNTERS = `
CREATE TABLE counters (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  state TEXT NOT NULL
);
`;

/** The stored counters of an instrument, as one JSON text. */
export class CounterTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Undefined if none were ever stored. */
  read(): string | undefined {
    return this.#sql.exec<{ state: string }>("SELECT state FROM counters").toArray()[0]?.state;
  }

  write(state: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO counters (id, state) VALUES (1, ?)", state);
  }
}

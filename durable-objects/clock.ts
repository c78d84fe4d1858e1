/** The host's clock, as it is. */
export class Clock {
  readonly #sql: SqlStorage;

  constructor({ storage }: DurableObjectState) {
    this.#sql = storage.sql;
  }

  /** What the host's clock says now, also within a turn of the event loop, and also where it was set back. */
  wallMs(): number {
    return Math.round(
      this.#sql.exec<{ ms: number }>("SELECT 1000 * unixepoch('now', 'subsec') AS ms").one().ms,
    );
  }
}

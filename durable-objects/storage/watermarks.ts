/** The position of each sink, in the instrument's own SQLite. An absent sink has nothing. */
export class Watermarks {
  readonly #sql: SqlStorage;
  readonly #cached = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The last sequence shipped to a sink; 0 before the first. */
  read(sink: string): number {
    const known = this.#cached.get(sink);
    if (known !== undefined) return known;
    const row = this.#sql
      .exec<{ last_sequence: number }>("SELECT last_sequence FROM watermarks WHERE sink = ?", sink)
      .toArray()[0];
    const sequence = row?.last_sequence ?? 0;
    this.#cached.set(sink, sequence);
    return sequence;
  }

  /** Moves a sink's position forward, never back. */
  move(sink: string, sequence: number): void {
    if (sequence <= this.read(sink)) return;
    this.#sql.exec(
      `INSERT INTO watermarks (sink, last_sequence) VALUES (?, ?)
       ON CONFLICT (sink) DO UPDATE SET last_sequence = excluded.last_sequence`,
      sink,
      sequence,
    );
    this.#cached.set(sink, sequence);
  }

  /** Drops the cache after the table was written elsewhere. */
  forget(): void {
    this.#cached.clear();
  }

  /** When the first event happened that a sink does not have, in milliseconds; null if it has all. */
  timeOfNext(sink: string): number | null {
    const sequence = this.read(sink) + 1;
    const held = this.#row("first_sequence <= ? ORDER BY first_sequence DESC", sequence);
    if (held !== undefined && held.last_sequence >= sequence) return held.time_ms;
    // If that event was pruned, this is the oldest stored one.
    return this.#row("first_sequence > ? ORDER BY first_sequence", sequence)?.time_ms ?? null;
  }

  #row(condition: string, sequence: number): { last_sequence: number; time_ms: number } | undefined {
    const query = `SELECT last_sequence, time_ms FROM events WHERE ${condition} LIMIT 1`;
    return this.#sql.exec<{ last_sequence: number; time_ms: number }>(query, sequence).toArray()[0];
  }
}

import type { KeyCounts } from "./key-counts.ts";

/**
 * When each client was last used, how many keys it used in each hour of the window (JSON), and free numbers.
 */
export const CLIENT_USE = `
  ALTER TABLE clients ADD COLUMN used_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE clients ADD COLUMN key_counts TEXT;
  CREATE INDEX clients_by_use ON clients (used_ms);
  UPDATE clients SET used_ms = max(
    coalesce((SELECT max(time_ms) FROM idempotency), 0), coalesce((SELECT max(time_ms) FROM events), 0));
  CREATE TABLE free_client_numbers (client_number INTEGER PRIMARY KEY);
`;

/** The number of client numbers cached in memory. Others are read from storage. */
const CLIENTS_CACHED = 50_000;

/** The most numbers in one statement. */
const WRITTEN_AT_ONCE = 10_000;

/** The use of a client is written once in this time. */
const USE_MS = 60 * 60 * 1000;

/**
 * The integers that represent clients, and groups of orders, in one instrument. A number is assigned when
 * something of the client is stored. It becomes free only once nothing stored names it (see `ClientPruner`).
 * The lowest free number is assigned first, since the engine indexes arrays by it. Every method is
 * synchronous; the caller opens the transaction.
 */
export class ClientTable {
  readonly #sql: SqlStorage;
  readonly #keys: KeyCounts;
  readonly #numbers = new Map<string, number>();
  /** The time until which each client counts as used. */
  readonly #usedUntilMs = new Map<number, number>();
  /** The clients whose use is not written yet. */
  #used: number[] = [];
  #lastUseMs = 0;
  /** The clients that got a number since `begin`. */
  #newcomers: string[] = [];

  constructor(sql: SqlStorage, keys: KeyCounts) {
    this.#sql = sql;
    this.#keys = keys;
  }

  /** The number of a client, assigned on first use. */
  number(clientId: string): number {
    const number = this.known(clientId) ?? this.#give(clientId);
    if (this.#numbers.size >= CLIENTS_CACHED) this.#numbers.clear();
    this.#numbers.set(clientId, number);
    return number;
  }

  /** The number of a client that has one. */
  known(clientId: string): number | undefined {
    const find = "SELECT client_number AS number FROM clients WHERE client_id = ?";
    const cached = this.#numbers.get(clientId);
    return cached ?? this.#sql.exec<{ number: number }>(find, clientId).toArray()[0]?.number;
  }

  /** From now on, newly assigned numbers can be withdrawn. */
  begin(): void {
    if (this.#newcomers.length > 0) this.#newcomers = [];
  }

  /** Withdraws the numbers assigned since `begin`: nothing of those clients was stored. */
  withdraw(): void {
    for (const clientId of this.#newcomers) {
      const remove = "DELETE FROM clients WHERE client_id = ? RETURNING client_number AS number";
      this.#free(clientId, this.#sql.exec<{ number: number }>(remove, clientId).one().number);
    }
    this.#newcomers = [];
  }

  /**
   * Marks a client as used, because something new of it will be stored. `writeUse` follows in the same
   * transaction.
   */
  use(number: number, timeMs: number): void {
    if ((this.#usedUntilMs.get(number) ?? 0) > timeMs) return;
    if (this.#usedUntilMs.size >= CLIENTS_CACHED) this.#usedUntilMs.clear();
    // Uses within the hour are not written. The client counts as used until the end of the hour.
    this.#usedUntilMs.set(number, timeMs + USE_MS);
    this.#used.push(number);
    this.#lastUseMs = timeMs;
  }

  writeUse(): void {
    if (this.#used.length === 0) return;
    this.keep(this.#used, this.#lastUseMs + USE_MS);
    this.#used = [];
  }

  /** The clients last used before a time, the least recently used first. */
  idle(beforeMs: number, limit: number): number[] {
    const query = "SELECT client_number FROM clients WHERE used_ms < ? ORDER BY used_ms LIMIT ?";
    const rows = this.#sql.exec<{ client_number: number }>(query, beforeMs, limit);
    return Array.from(rows, ({ client_number }) => client_number);
  }

  /**
   * When the client at this rank of recent use was last used; undefined if there are no more clients than
   * that.
   */
  usedMsBehind(count: number): number | undefined {
    const query = "SELECT used_ms FROM clients ORDER BY used_ms DESC LIMIT 1 OFFSET ?";
    return this.#sql.exec<{ used_ms: number }>(query, count).toArray()[0]?.used_ms;
  }

  /**
   * Removes clients without stored orders and keys, with their statistics.
   * @param beforeMs clients used since then stay, as do clients that get reports, have a timer or are tied.
   */
  remove(numbers: readonly number[], beforeMs: number): number {
    const removed = this.#sql
      .exec<{ client_number: number; client_id: string }>(
        `DELETE FROM clients WHERE client_number IN (SELECT value FROM json_each(?)) AND used_ms < ?
           AND client_number NOT IN (SELECT client_number FROM report_clients)
           AND client_number NOT IN (SELECT client_number FROM cancel_timers)
           AND client_number NOT IN (SELECT client_number FROM tied_clients)
         RETURNING client_number, client_id`,
        JSON.stringify(numbers),
        beforeMs,
      )
      .toArray();
    for (const { client_number, client_id } of removed) {
      this.#sql.exec("DELETE FROM client_statistics WHERE client_number = ?", client_number);
      this.#free(client_id, client_number);
    }
    if (removed.length > 0) this.#keys.forget();
    return removed.length;
  }

  /** Marks clients as used at a time. */
  keep(numbers: readonly number[], usedMs: number): void {
    for (let from = 0; from < numbers.length; from += WRITTEN_AT_ONCE) {
      this.#sql.exec(
        "UPDATE clients SET used_ms = ?2 WHERE client_number IN (SELECT value FROM json_each(?1)) AND used_ms < ?2",
        JSON.stringify(numbers.slice(from, from + WRITTEN_AT_ONCE)),
        usedMs,
      );
    }
  }

  /** Drops the caches after storage was rewritten. */
  forget(): void {
    this.#numbers.clear();
    this.#usedUntilMs.clear();
  }

  #give(clientId: string): number {
    const free = this.#sql.exec<{ number: number | null }>(
      "SELECT min(client_number) AS number FROM free_client_numbers",
    );
    const { number } = free.one();
    if (number !== null) this.#sql.exec("DELETE FROM free_client_numbers WHERE client_number = ?", number);
    // Without a number, SQLite assigns the next above the highest. If none is free, all below it are taken.
    const add = `INSERT INTO clients (client_number, client_id, used_ms) VALUES (?, ?, ?)
      RETURNING client_number AS number`;
    this.#newcomers.push(clientId);
    return this.#sql.exec<{ number: number }>(add, number, clientId, Date.now()).one().number;
  }

  #free(clientId: string, number: number): void {
    this.#sql.exec("INSERT INTO free_client_numbers (client_number) VALUES (?)", number);
    this.#numbers.delete(clientId);
    this.#usedUntilMs.delete(number);
  }
}

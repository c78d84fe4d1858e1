import type { Answer } from "../calls/answer.ts";
import { readParts, textParts, writeParts } from "./answer-parts.ts";
import type { ClientTable } from "./client-table.ts";
import type { KeyCounts } from "./key-counts.ts";

/** How long the answer of an idempotency key is kept. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60 * 1000;

/** An answer counts as one key per unit of this many characters, rounded up. */
const ANSWER_UNIT = 1024;
/** The answers of one statement: each has five values, and a statement at most a hundred. */
const STORED_AT_ONCE = 20;
/** Stored instead of an answer that does not exist yet. The parts are the answers of the entries so far. */
const BEGUN = "";

/** What is stored of a request under its key. */
export interface StoredAnswer {
  /** Identifies the same request. */
  readonly request: string;
  /** Undefined for a batch that has started and is not finished. */
  readonly answer: Answer | undefined;
}

interface AnswerRow extends Record<string, SqlStorageValue> {
  id: number;
  request: string;
  answer: string;
  parts: number;
}

/** An answer that is still to be written. */
interface Pending extends Keyed {
  readonly timeMs: number;
  readonly request: string;
  readonly answer: Answer;
}

/** A key of a client. */
interface Keyed {
  readonly client: number;
  readonly idempotencyKey: string;
}

/**
 * The answers of idempotency keys. Answers are written together at the end of a flush. Every method is
 * synchronous; the caller opens the transaction.
 */
export class AnswerTable {
  readonly #sql: SqlStorage;
  readonly #clients: ClientTable;
  readonly #keys: KeyCounts;
  /** When the oldest answer was stored, if that is known. */
  #oldestMs: number | undefined;
  /** The keys that the flush has looked up or stored: what they have, or null for nothing. */
  readonly #known = new Map<string, StoredAnswer | null>();
  #pending: Pending[] = [];

  constructor(sql: SqlStorage, clients: ClientTable, keys: KeyCounts) {
    this.#sql = sql;
    this.#clients = clients;
    this.#keys = keys;
  }

  /** Drops the caches after storage was rewritten. */
  forget(): void {
    this.#oldestMs = undefined;
    this.#known.clear();
  }

  /** Looks up keys together, which costs less than one by one. `find` uses the result until `write`. */
  lookUp(keys: readonly Keyed[]): void {
    if (keys.length < 2) return;
    const rows = this.#sql.exec<AnswerRow & { place: number }>(
      `SELECT asked.key AS place, stored.id, request, answer, parts FROM json_each(?) AS asked
       CROSS JOIN idempotency AS stored ON idempotency_key = value->>1 AND client_number = value->>0`,
      JSON.stringify(keys.map(({ client, idempotencyKey }) => [client, idempotencyKey])),
    );
    for (const { client, idempotencyKey } of keys) {
      const name = nameOf(client, idempotencyKey);
      if (!this.#known.has(name)) this.#known.set(name, null);
    }
    for (const row of rows) {
      const { client, idempotencyKey } = keys[row.place] as Keyed;
      this.#known.set(nameOf(client, idempotencyKey), this.#stored(row));
    }
  }

  find(client: number, idempotencyKey: string): StoredAnswer | undefined {
    const known = this.#known.get(nameOf(client, idempotencyKey));
    if (known !== undefined) return known ?? undefined;
    const row = this.#row(client, idempotencyKey);
    return row && this.#stored(row);
  }

  #stored({ id, request, answer, parts }: AnswerRow): StoredAnswer {
    if (answer === BEGUN) return { request, answer: undefined };
    return { request, answer: parts === 0 ? answer : answer + readParts(this.#sql, id) };
  }

  /** The answers so far of a batch that has started and is not finished. */
  begun(client: number, idempotencyKey: string): Answer[] {
    const row = this.#row(client, idempotencyKey);
    return row?.answer === BEGUN ? readParts(this.#sql, row.id).split("\n").slice(0, -1) : [];
  }

  /** Stores the answers of the next entries of an unfinished batch. No answer contains a line break. */
  begin(
    client: number,
    idempotencyKey: string,
    timeMs: number,
    request: string,
    next: readonly Answer[],
  ): void {
    const row = this.#row(client, idempotencyKey) ?? this.#insert(client, idempotencyKey, timeMs, request);
    const parts = textParts(next.map((answer) => `${answer}\n`).join(""));
    writeParts(this.#sql, row.id, row.parts, parts);
    this.#sql.exec("UPDATE idempotency SET parts = parts + ? WHERE id = ?", parts.length, row.id);
    this.#clients.use(client, timeMs);
  }

  /** Deletes the answers so far of a batch that has finished. */
  forgetBegun(client: number, idempotencyKey: string): void {
    this.#sql.exec(
      "DELETE FROM idempotency WHERE client_number = ? AND idempotency_key = ? AND answer = ?",
      client,
      idempotencyKey,
      BEGUN,
    );
  }

  /** Stores an answer. `write` follows in the same transaction. */
  store(client: number, idempotencyKey: string, timeMs: number, request: string, answer: Answer): void {
    this.#pending.push({ client, idempotencyKey, timeMs, request, answer });
    this.#known.set(nameOf(client, idempotencyKey), { request, answer });
    this.#clients.use(client, timeMs);
    this.#keys.add(client, timeMs, Math.ceil((request.length + answer.length) / ANSWER_UNIT));
  }

  /** Writes the answers that were stored since the last time, and forgets what was looked up. */
  write(): void {
    this.#known.clear();
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    let rows: (string | number)[] = [];
    for (const { client, idempotencyKey, timeMs, request, answer } of pending) {
      const parts = textParts(answer);
      const [first = ""] = parts;
      const isWhole = parts.length === 1;
      // Rows are in the order of their time, and a large one has a statement of its own.
      if (!isWhole) this.#writeRows(rows.splice(0));
      rows.push(client, idempotencyKey, timeMs, request, first);
      if (isWhole && rows.length < 5 * STORED_AT_ONCE) continue;
      this.#writeRows(rows);
      if (!isWhole) this.#writeOthers(parts.slice(1));
      rows = [];
    }
    this.#writeRows(rows);
  }

  /** Inserts rows of five values each. */
  #writeRows(values: readonly (string | number)[]): void {
    if (values.length === 0) return;
    const rows = Array<string>(values.length / 5).fill("(?, ?, ?, ?, ?)");
    const insert =
      "INSERT INTO idempotency (client_number, idempotency_key, time_ms, request, answer) VALUES ";
    this.#sql.exec.apply(this.#sql, [insert + rows.join(", "), ...values]);
  }

  /** Writes the further parts of the answer that was inserted last. */
  #writeOthers(parts: readonly string[]): void {
    const id = this.#lastId();
    writeParts(this.#sql, id, 0, parts);
    this.#sql.exec("UPDATE idempotency SET parts = ? WHERE id = ?", parts.length, id);
  }

  /** When the oldest stored answer was stored. */
  oldestMs(): number | undefined {
    const query = "SELECT time_ms FROM idempotency ORDER BY id LIMIT 1";
    return this.#sql.exec<{ time_ms: number }>(query).toArray()[0]?.time_ms;
  }

  /** Deletes answers stored before a time, the oldest first, at most `limit` of them. */
  forgetOlder(beforeMs: number, limit: number): void {
    this.#oldestMs ??= this.oldestMs();
    if (this.#oldestMs === undefined || this.#oldestMs >= beforeMs) return;
    this.#oldestMs = undefined;
    this.#sql.exec(
      `DELETE FROM idempotency WHERE time_ms < ? AND id IN (SELECT id FROM idempotency ORDER BY id LIMIT ?)`,
      beforeMs,
      limit,
    );
  }

  #row(client: number, idempotencyKey: string): AnswerRow | undefined {
    return this.#sql
      .exec<AnswerRow>(
        "SELECT id, request, answer, parts FROM idempotency WHERE idempotency_key = ? AND client_number = ?",
        idempotencyKey,
        client,
      )
      .toArray()[0];
  }

  #insert(client: number, idempotencyKey: string, timeMs: number, request: string): AnswerRow {
    this.#writeRows([client, idempotencyKey, timeMs, request, BEGUN]);
    return { id: this.#lastId(), request, answer: BEGUN, parts: 0 };
  }

  #lastId(): number {
    return this.#sql.exec<{ id: number }>("SELECT last_insert_rowid() AS id").one().id;
  }
}

function nameOf(client: number, idempotencyKey: string): string {
  return `${client} ${idempotencyKey}`;
}

import type { Answer } from "../calls/answer.ts";
import { readParts, textParts, writeParts } from "./answer-parts.ts";
import type { ClientTable } from "./client-table.ts";
import type { KeyCounts } from "./key-counts.ts";

/** How long the answer of an idempotency key is kept. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60 * 1000;

/** An answer counts as one key per unit of this many characters, rounded up. */
const ANSWER_UNIT = 1024;
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

/** The answers of idempotency keys. Every method is synchronous; the caller opens the transaction. */
export class AnswerTable {
  readonly #sql: SqlStorage;
  readonly #clients: ClientTable;
  readonly #keys: KeyCounts;
  /** When the oldest answer was stored, if that is known. */
  #oldestMs: number | undefined;

  constructor(sql: SqlStorage, clients: ClientTable, keys: KeyCounts) {
    this.#sql = sql;
    this.#clients = clients;
    this.#keys = keys;
  }

  /** Drops the caches after storage was rewritten. */
  forget(): void {
    this.#oldestMs = undefined;
  }

  find(client: number, idempotencyKey: string): StoredAnswer | undefined {
    const row = this.#row(client, idempotencyKey);
    if (row === undefined) return undefined;
    const { id, request, answer, parts } = row;
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

  store(client: number, idempotencyKey: string, timeMs: number, request: string, answer: Answer): void {
    const [first = "", ...others] = textParts(answer);
    this.#sql.exec(
      `INSERT INTO idempotency (client_number, idempotency_key, time_ms, request, answer, parts)
       VALUES (?, ?, ?, ?, ?, ?)`,
      client,
      idempotencyKey,
      timeMs,
      request,
      first,
      others.length,
    );
    if (others.length > 0) writeParts(this.#sql, this.#lastId(), 0, others);
    this.#clients.use(client, timeMs);
    this.#keys.add(client, timeMs, Math.ceil((request.length + answer.length) / ANSWER_UNIT));
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
    this.#sql.exec(
      `INSERT INTO idempotency (client_number, idempotency_key, time_ms, request, answer) VALUES (?, ?, ?, ?, ?)`,
      client,
      idempotencyKey,
      timeMs,
      request,
      BEGUN,
    );
    return { id: this.#lastId(), request, answer: BEGUN, parts: 0 };
  }

  #lastId(): number {
    return this.#sql.exec<{ id: number }>("SELECT last_insert_rowid() AS id").one().id;
  }
}

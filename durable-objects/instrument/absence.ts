import type { Problem } from "../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { isoTime } from "../../protocol/iso-time.ts";
import { type Answer, answer, readAnswer } from "../calls/answer.ts";
import { writeLine } from "../calls/call.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../runtime/clock.ts";

/** The delay before a retry if too many commands wait. */
const RETRY_MS = 20;
/** The delay before a retry if no command is accepted, because the storage is full or lost. */
const REFUSED_RETRY_MS = 5_000;

/** Whether a client has a connection that its orders are tied to. */
type IsConnected = (clientId: string) => boolean;

/**
 * Cancels the orders of a client that has gone. They end at a time that the client postpones for as long as
 * it is present (a dead man's switch), or with its last connection that requests it. Both settings are
 * stored, so that they survive any restart.
 */
export class Absence {
  readonly #sql: SqlStorage;
  readonly #journal: Journal;
  readonly #spec: InstrumentSpec;
  readonly #clock: Clock;
  readonly #submit: (line: string) => Promise<Answer> | Answer;
  readonly #onDue: () => void;
  #isConnected: IsConnected = () => true;
  #nextTimerMs: number | undefined;
  /** When to retry what was refused. */
  #retryAtMs: number | undefined;

  /**
   * @param onDue called when `nextDueMs` may have become earlier, in the turn of the write if there is one.
   */
  constructor(
    sql: SqlStorage,
    journal: Journal,
    spec: InstrumentSpec,
    clock: Clock,
    submit: (line: string) => Promise<Answer> | Answer,
    onDue: () => void,
  ) {
    this.#sql = sql;
    this.#journal = journal;
    this.#spec = spec;
    this.#clock = clock;
    this.#submit = submit;
    this.#onDue = onDue;
  }

  /**
   * When the next orders end; undefined if none do. It is never far in the past, which would delay shipping.
   */
  get nextDueMs(): number | undefined {
    return this.#retryAtMs ?? this.#nextTimerMs;
  }

  /** Resumes after memory was lost. */
  async start(isConnected: IsConnected): Promise<void> {
    this.#isConnected = isConnected;
    this.#readNextTimer();
    await this.#untieGone();
  }

  /** Sets or postpones the end of a client's orders. Zero removes it. */
  cancelAfter(clientId: string, seconds: number): Answer {
    const dueMs = seconds === 0 ? null : this.#clock.nowMs() + seconds * 1000;
    if (dueMs === null) this.#deleteTimer(clientId, Number.MAX_SAFE_INTEGER);
    else {
      const client = this.#journal.clientNumber(clientId);
      this.#sql.exec("INSERT OR REPLACE INTO cancel_timers VALUES (?, ?)", client, dueMs);
    }
    this.#readNextTimer();
    this.#onDue();
    const view = { instrument: this.#spec.instrument, cancel_at: dueMs === null ? null : isoTime(dueMs) };
    return answer(200, JSON.stringify(view));
  }

  #deleteTimer(clientId: string, untilMs: number): void {
    this.#sql.exec(
      `DELETE FROM cancel_timers WHERE due_ms <= ?
         AND client_number = (SELECT client_number FROM clients WHERE client_id = ?)`,
      untilMs,
      clientId,
    );
  }

  /** From now on the client's orders end with its connections. */
  tie(clientId: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO tied_clients VALUES (?)", this.#journal.clientNumber(clientId));
  }

  /** Handles the end of a client's last connection. A client that has reconnected since stays tied. */
  async untie(clientId: string): Promise<void> {
    if (!(await this.#cancelAll(clientId)) || this.#isConnected(clientId)) return;
    const query =
      "DELETE FROM tied_clients WHERE client_number = (SELECT client_number FROM clients WHERE client_id = ?)";
    this.#sql.exec(query, clientId);
  }

  async #untieGone(): Promise<void> {
    const query = "SELECT client_id FROM tied_clients JOIN clients USING (client_number)";
    const tied = clientIds(this.#sql.exec(query));
    for (const clientId of tied) if (!this.#isConnected(clientId)) await this.untie(clientId);
  }

  /** Cancels the orders of every client whose time has come, and those that could not be cancelled before. */
  async run(nowMs: number): Promise<void> {
    if (this.nextDueMs === undefined || this.nextDueMs > nowMs) return;
    const isRetry = this.#retryAtMs !== undefined;
    this.#retryAtMs = undefined;
    const query = "SELECT client_id FROM cancel_timers JOIN clients USING (client_number) WHERE due_ms <= ?";
    for (const clientId of clientIds(this.#sql.exec(query, nowMs))) {
      if (!(await this.#cancelAll(clientId))) continue;
      // The timer stays if the client has postponed it since.
      this.#deleteTimer(clientId, nowMs);
    }
    if (isRetry) await this.#untieGone();
    this.#readNextTimer();
  }

  /**
   * Cancels all of a client's orders, as soon as the queue has room for another command.
   * @returns whether that was done. If no command is accepted, it is retried later.
   */
  async #cancelAll(clientId: string): Promise<boolean> {
    const line = writeLine({ kind: "cancel_all", clientId, side: null });
    for (;;) {
      const { status, body } = readAnswer(await this.#submit(line));
      if (status === 200) return true;
      if ((JSON.parse(body) as Problem).code !== "overloaded") break;
      await this.#clock.wait(RETRY_MS);
    }
    this.#retryAtMs = this.#clock.nowMs() + REFUSED_RETRY_MS;
    this.#onDue();
    return false;
  }

  #readNextTimer(): void {
    const query = "SELECT min(due_ms) AS due_ms FROM cancel_timers";
    this.#nextTimerMs = this.#sql.exec<{ due_ms: number | null }>(query).one().due_ms ?? undefined;
  }
}

function clientIds(rows: Iterable<Record<string, SqlStorageValue>>): string[] {
  return Array.from(rows, ({ client_id }) => String(client_id));
}

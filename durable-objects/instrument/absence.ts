import type { Problem } from "../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { type Answer, answer, readAnswer } from "./answer.ts";
import type { Journal } from "./journal.ts";
import { isoTime } from "./order-view.ts";
import { writeLine } from "./request.ts";

/** How long to wait where too many commands wait already. */
const RETRY_MS = 20;

/** Whether a client has a connection that its orders hang on. */
type IsConnected = (clientId: string) => boolean;

/**
 * What becomes of the orders of a client that has gone: they end at a time that the client puts off for as
 * long as it is there (a dead man's switch), or with its last connection that asks for it. Both are stored,
 * so that they outlive whatever happens to the object.
 */
export class Absence {
  readonly #sql: SqlStorage;
  readonly #journal: Journal;
  readonly #spec: InstrumentSpec;
  readonly #submit: (line: string) => Promise<Answer> | Answer;
  #nextDueMs: number | undefined;

  constructor(
    sql: SqlStorage,
    journal: Journal,
    spec: InstrumentSpec,
    submit: (line: string) => Promise<Answer> | Answer,
  ) {
    this.#sql = sql;
    this.#journal = journal;
    this.#spec = spec;
    this.#submit = submit;
  }

  /** When the next orders end; undefined where none are to. */
  get nextDueMs(): number | undefined {
    return this.#nextDueMs;
  }

  /** After the memory was lost. */
  async start(isConnected: IsConnected): Promise<void> {
    this.#readNextDue();
    const gone = this.#clients("SELECT client_id FROM tied_clients JOIN clients USING (client_number)");
    for (const clientId of gone) if (!isConnected(clientId)) await this.untie(clientId, isConnected);
  }

  /** Sets, puts off or, with zero, takes back the end of a client's orders. */
  cancelAfter(clientId: string, seconds: number): Answer {
    const dueMs = seconds === 0 ? null : Date.now() + seconds * 1000;
    const client = this.#journal.clientNumber(clientId);
    if (dueMs === null) this.#sql.exec("DELETE FROM cancel_timers WHERE client_number = ?", client);
    else this.#sql.exec("INSERT OR REPLACE INTO cancel_timers VALUES (?, ?)", client, dueMs);
    this.#readNextDue();
    const view = { instrument: this.#spec.instrument, cancel_at: dueMs === null ? null : isoTime(dueMs) };
    return answer(200, JSON.stringify(view));
  }

  /** From now on a client's orders end with its connections. */
  tie(clientId: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO tied_clients VALUES (?)", this.#journal.clientNumber(clientId));
  }

  /** The last connection of a client has ended. One that has come back meanwhile stays tied. */
  async untie(clientId: string, isConnected: IsConnected): Promise<void> {
    await this.#cancelAll(clientId);
    if (isConnected(clientId)) return;
    const client = this.#journal.clientNumber(clientId);
    this.#sql.exec("DELETE FROM tied_clients WHERE client_number = ?", client);
  }

  /** Ends the orders of every client whose time has come. */
  async run(nowMs: number): Promise<void> {
    if (this.#nextDueMs === undefined || this.#nextDueMs > nowMs) return;
    const query = "SELECT client_id FROM cancel_timers JOIN clients USING (client_number) WHERE due_ms <= ?";
    for (const clientId of this.#clients(query, nowMs)) {
      await this.#cancelAll(clientId);
      // Not one that was put off meanwhile.
      const client = this.#journal.clientNumber(clientId);
      this.#sql.exec("DELETE FROM cancel_timers WHERE client_number = ? AND due_ms <= ?", client, nowMs);
    }
    this.#readNextDue();
  }

  /** Ends all of a client's orders, as soon as there is room for one more command. */
  async #cancelAll(clientId: string): Promise<void> {
    const line = writeLine({ kind: "cancel_all", clientId, side: null });
    while (isOverloaded(await this.#submit(line))) await scheduler.wait(RETRY_MS);
  }

  #clients(query: string, ...values: number[]): string[] {
    return Array.from(this.#sql.exec<{ client_id: string }>(query, ...values), ({ client_id }) => client_id);
  }

  #readNextDue(): void {
    const query = "SELECT min(due_ms) AS due_ms FROM cancel_timers";
    this.#nextDueMs = this.#sql.exec<{ due_ms: number | null }>(query).one().due_ms ?? undefined;
  }
}

function isOverloaded(given: Answer): boolean {
  const { status, body } = readAnswer(given);
  return status === 503 && (JSON.parse(body) as Problem).code === "overloaded";
}

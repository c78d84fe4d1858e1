import type { PGlite } from "@electric-sql/pglite";
import { messageOf } from "../http.ts";
import {
  CARE_LIMITS,
  type CareLimits,
  isCheckpointDue,
  type TableReading,
  tablesToVacuum,
} from "./care-plan.ts";
import type { Turn } from "./turn.ts";

const LOOK_MS = 1_000;
/** To read the counts of all tables takes longer than to read the position in the log. */
const LOOKS_PER_TABLE_LOOK = 10;

/** Something that the caretaker did, and for how long other statements waited. */
export interface CareStep {
  readonly statement: string;
  readonly milliseconds: number;
}

export interface CareOptions {
  readonly limits?: CareLimits | undefined;
  /** How long it rests between two looks, in milliseconds. Default: 1,000. */
  readonly lookMilliseconds?: number | undefined;
  readonly onStep?: ((step: CareStep) => void) | undefined;
}

interface Patient {
  readonly database: PGlite;
  readonly turn: Turn<object>;
  readonly log: (line: string) => void;
  /** Called if a step fails as no statement should. */
  readonly onBreakdown: (cause: unknown) => void;
  readonly isBroken: () => boolean;
}

/**
 * Does what a Postgres server has processes of its own for: checkpoints, vacuum and analyze. PGlite has none of
 * them, so its log and its dead rows would grow forever. One step is one statement, between transactions of the
 * sessions, which wait for it.
 */
export class Caretaker {
  readonly #patient: Patient;
  readonly #limits: CareLimits;
  readonly #onStep: (step: CareStep) => void;
  readonly #lookMs: number;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #isOver = false;
  #looks = 0;
  #checkpointAtMs = performance.now();
  #lastFailure: string | undefined;

  constructor(patient: Patient, options: CareOptions = {}) {
    this.#patient = patient;
    this.#limits = options.limits ?? CARE_LIMITS;
    this.#lookMs = options.lookMilliseconds ?? LOOK_MS;
    this.#onStep = options.onStep ?? (() => {});
    this.#wait();
  }

  /** Resolves when no step is running and none will. */
  async end(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  #wait(): void {
    if (this.#isOver) return;
    this.#timer = setTimeout(() => {
      this.#work = this.#look().finally(() => this.#wait());
    }, this.#lookMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      await this.#checkpointIfDue();
      if (this.#looks++ % LOOKS_PER_TABLE_LOOK !== 0) return;
      const tables = await this.#inTurn((database) => database.query<TableReading>(TABLES));
      for (const { name } of tablesToVacuum(tables?.rows ?? [], this.#limits)) {
        await this.#step(`VACUUM ${name}`);
        await this.#step(`ANALYZE ${name}`);
        await this.#checkpointIfDue();
      }
      this.#lastFailure = undefined;
    } catch (cause) {
      // An error of a statement leaves the database sound. Anything else does not.
      if ((cause as { severity?: string }).severity !== "ERROR") return this.#patient.onBreakdown(cause);
      const failure = messageOf(cause);
      if (failure !== this.#lastFailure)
        this.#patient.log(`the care of the embedded database failed: ${failure}`);
      this.#lastFailure = failure;
    }
  }

  async #checkpointIfDue(): Promise<void> {
    const read = await this.#inTurn((database) => database.query<{ walBytes: number }>(WAL));
    const walBytes = read?.rows[0]?.walBytes ?? 0;
    const elapsedMs = performance.now() - this.#checkpointAtMs;
    if (!isCheckpointDue({ walBytes, elapsedMs }, this.#limits)) return;
    await this.#step("CHECKPOINT");
    this.#checkpointAtMs = performance.now();
  }

  async #step(statement: string): Promise<void> {
    await this.#inTurn(async (database) => {
      const startMs = performance.now();
      await database.exec(statement);
      this.#onStep({ statement, milliseconds: performance.now() - startMs });
    });
  }

  /** Does nothing once this has ended, or the database has crashed. */
  async #inTurn<Result>(run: (database: PGlite) => Promise<Result>): Promise<Result | undefined> {
    const { database, turn, isBroken } = this.#patient;
    await turn.acquire(this);
    try {
      return this.#isOver || isBroken() ? undefined : await run(database);
    } finally {
      turn.release(this);
    }
  }
}

/** A checkpoint writes 120 bytes or so itself, which are not a reason for another. */
const WAL = `SELECT (CASE WHEN written < 1024 THEN 0 ELSE written END)::float8 AS "walBytes"
  FROM (SELECT pg_current_wal_insert_lsn() - redo_lsn AS written FROM pg_control_checkpoint()) AS log`;

const TABLES = `SELECT relid::regclass::text AS name, n_live_tup::float8 AS "liveRows",
    n_dead_tup::float8 AS "deadRows", n_ins_since_vacuum::float8 AS "insertedRows",
    pg_relation_size(relid)::float8 AS bytes, age(relfrozenxid)::float8 AS "ageTransactions",
    last_vacuum IS NOT NULL AS "wasVacuumed"
  FROM pg_stat_all_tables JOIN pg_class ON pg_class.oid = relid
  WHERE relkind IN ('r', 'm') AND relpersistence <> 't'`;

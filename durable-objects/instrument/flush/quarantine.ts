import { createHash } from "node:crypto";
import type { Problem } from "../../../protocol/error-code.ts";
import type { CallLine } from "../../calls/call.ts";
import type { QuarantineReading } from "../../calls/readings.ts";
import { FailureTables, type QuarantinedRequest } from "../../storage/failure-tables.ts";
import { Meta } from "../../storage/meta.ts";
import type { Gate } from "./gate.ts";

/** This many failures that no request explains, within this time, freeze the instrument. */
const FAILURES_MAX = 3;
/** This many requests that failed alone within this time do too: each has ended the instrument twice. */
const CONVICTIONS_MAX = 10;
const SPAN_MS = 60_000;
/** The most requests in a list. */
const LISTED_MAX = 20;

const HALTED: Problem = {
  code: "frozen",
  detail: "the instrument failed repeatedly and is frozen until an operator unfreezes it; nothing happened",
};

/** What is known about a request before it runs. `alone`: it was in a flush that failed. */
export type Standing = "usual" | "alone" | Problem;

/**
 * The assessment of a failed flush: its possible or actual cause, and whether the instrument is now frozen.
 */
export interface Verdict {
  readonly suspects: number;
  readonly quarantined: string | null;
  readonly isHalted: boolean;
}

/**
 * Finds the request that makes flushes fail. The requests of a failed flush are recorded and, from the next
 * start on, run in flushes of their own. A request that fails there is refused from then on. A request is
 * identified by its content, regardless of sender and connection. Failures that this does not
 * explain freeze the instrument, and nothing runs until an operator unfreezes it.
 */
export class Quarantine {
  readonly #tables: FailureTables;
  readonly #meta: Meta;
  readonly #gate: Gate;
  #suspects: Set<string> | undefined;
  #quarantined: Set<string> | undefined;
  #isHalted: boolean | undefined;

  constructor(sql: SqlStorage, gate: Gate) {
    this.#tables = new FailureTables(sql);
    this.#meta = new Meta(sql);
    this.#gate = gate;
  }

  /** Whether the instrument is frozen because it failed. No flush may run then. */
  get isHalted(): boolean {
    this.#isHalted ??= this.#meta.read("halted_by_failures") === 1;
    return this.#isHalted;
  }

  /** Why nothing runs; undefined otherwise. */
  get refusal(): Problem | undefined {
    return this.isHalted ? HALTED : undefined;
  }

  standing(line: CallLine): Standing {
    const [suspects, quarantined] = [this.#readSuspects(), this.#readQuarantined()];
    if (suspects.size > 0 || quarantined.size > 0) {
      const hash = hashOf(line);
      if (quarantined.has(hash)) return refusalOf(hash);
      if (!this.isHalted && suspects.has(hash)) return "alone";
    }
    return this.refusal ?? "usual";
  }

  /** The hash of the only request of a flush, if it runs alone because it may be at fault. */
  suspectOf(lines: readonly CallLine[]): string | undefined {
    const [line] = lines;
    if (line === undefined || lines.length > 1 || this.#readSuspects().size === 0) return undefined;
    const hash = hashOf(line);
    return this.#readSuspects().has(hash) ? hash : undefined;
  }

  /**
   * Records, in a separate transaction, that a suspect is about to run. If this write fails, the suspect is
   * not to blame.
   */
  addTry(hash: string): void {
    this.#tables.addTry(hash);
  }

  /** Clears a suspect that has run alone. Call it in the transaction of its flush. */
  acquit(hash: string): void {
    this.#tables.acquit(hash);
    this.#readSuspects().delete(hash);
  }

  /**
   * Records that a flush has failed. The object must end once that is stored.
   * @param suspect the hash of its only request, if it ran alone.
   */
  note(lines: readonly CallLine[], suspect: string | undefined, error: string, timeMs: number): Verdict {
    const hashes = new Set(lines.map(hashOf));
    if (suspect === undefined) this.#tables.addFailure(hashes, error, timeMs);
    else this.#tables.convict({ hash: suspect, timeMs, error, request: lines[0] ?? "" });
    const isHalted =
      this.#tables.failuresWithin(SPAN_MS, timeMs) >= FAILURES_MAX ||
      this.#tables.quarantinedWithin(SPAN_MS, timeMs) >= CONVICTIONS_MAX;
    if (isHalted) this.#halt();
    const suspects = suspect === undefined ? hashes.size : 0;
    return { suspects, quarantined: suspect ?? null, isHalted };
  }

  #halt(): void {
    this.#meta.write("halted_by_failures", 1);
    if (this.#gate.status === "trading") this.#gate.change("frozen", "flush_failures");
  }

  /** Resumes the instrument for an operator. */
  resume(): void {
    this.#meta.write("halted_by_failures", 0);
    this.#tables.forgetFailures();
    this.#isHalted = false;
  }

  /**
   * Releases the quarantined requests for an operator. Each runs alone at first. @returns the number of
   * requests.
   */
  release(): number {
    const count = this.#tables.release();
    this.#suspects = undefined;
    this.#quarantined = undefined;
    return count;
  }

  get reading(): QuarantineReading {
    return { isHalted: this.isHalted, count: this.#readQuarantined().size };
  }

  /** Why the instrument froze by itself, as text for its operator; null if it did not. */
  get haltReason(): string | null {
    if (!this.isHalted) return null;
    const last = this.#tables.lastError();
    return last === undefined
      ? `${CONVICTIONS_MAX} requests failed alone within a minute`
      : `flushes failed ${FAILURES_MAX} times within a minute, and no request explains it; the last failure: ${last}`;
  }

  /** The newest quarantined requests. */
  list(): readonly QuarantinedRequest[] {
    return this.#tables.newestQuarantined(LISTED_MAX);
  }

  #readSuspects(): Set<string> {
    this.#suspects ??= new Set(this.#tables.suspects());
    return this.#suspects;
  }

  #readQuarantined(): Set<string> {
    this.#quarantined ??= new Set(this.#tables.quarantined());
    return this.#quarantined;
  }
}

function hashOf(line: CallLine): string {
  return createHash("sha256").update(line).digest("hex");
}

function refusalOf(hash: string): Problem {
  const detail = `this request failed twice, the second time alone, and is quarantined as ${hash}; nothing happened`;
  return { code: "request_quarantined", detail };
}

import type { RejectReason } from "../../../engine/vocabulary/reject-reason.ts";
import type { ErrorCode, Problem } from "../../../protocol/error-code.ts";
import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Answer } from "../../calls/answer.ts";
import type { Journal } from "../../journal/journal.ts";
import type { CommandRunner, Outcome, OwnedCommand } from "./command-runner.ts";
import type { Gate } from "./gate.ts";
import type { InstrumentMetrics } from "./metrics.ts";

/** What requests of one flush are read and answered with. */
export interface FlushContext {
  readonly spec: InstrumentSpec;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly metrics: InstrumentMetrics;
  readonly runner: CommandRunner;
  /** Whether orders are answered in brief. */
  readonly isBrief: boolean;
  /** The time of everything in the flush. */
  readonly timeMs: number;
  /** The client order ids that requests of the flush have taken, with the client's number before each. */
  readonly clientOrderIds: Set<string>;
}

/** A request that may be applied, and what it is answered. */
export interface Prepared extends OwnedCommand {
  /** Called once, right after what the command did was noted. */
  readonly answer: (outcome: Outcome) => Answer;
  readonly problem: (reason: RejectReason) => Problem;
  /** Gives back what was taken for it, if it is not applied. */
  readonly release?: () => void;
}

export function isProblem(prepared: object): prepared is Problem & { readonly code: ErrorCode } {
  return "code" in prepared;
}

import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import type { Journal } from "../../journal/journal.ts";
import type { CommandRunner } from "./command-runner.ts";
import type { Gate } from "./gate.ts";
import type { InstrumentMetrics } from "./metrics.ts";

/** The context in which the requests of one flush are processed. */
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
  /** The client order ids that requests of the flush have taken, each prefixed with the client's number. */
  readonly clientOrderIds: Set<string>;
}

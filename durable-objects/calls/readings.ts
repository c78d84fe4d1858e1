import type { StatusReason } from "../../engine/vocabulary/trading-status.ts";
import type { Problem } from "../../protocol/error-code.ts";
import type { AvailabilityReason, TradingStatusName } from "../../protocol/fields.ts";

/** Upper bounds of the buckets that commands a flush are counted in. */
export const FLUSH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;
/** Upper bounds of the buckets that latencies are counted in, in milliseconds. */
export const LATENCY_BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

/** A histogram as it is told: values so far, by upper bounds that include what is below them. */
export interface HistogramReading {
  readonly bounds: readonly number[];
  /** How many values were at most the bound of the same index. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** What an instrument shows of its failures. */
export interface QuarantineReading {
  readonly isHalted: boolean;
  /** How many requests are refused. */
  readonly count: number;
}

/** Since when an instrument has its trading status, and why; null where that is not known. */
export interface StatusNote {
  readonly sinceMs: number | null;
  readonly reason: StatusReason | AvailabilityReason | null;
}

/** How a sink is doing. */
export interface SinkHealth {
  readonly sink: string;
  readonly lastSequence: number;
  readonly lagEvents: number;
  /** How long the oldest event that is not shipped has waited. */
  readonly lagSeconds: number;
  /** Failures since the instrument was new. */
  readonly failures: number;
  /**
   * What the last attempt failed with, in words that are safe to show; null where it succeeded. The log has the
   * whole.
   */
  readonly lastError: string | null;
  readonly deadRows: number;
}

/** A reading of an instrument's metrics; what is counted is counted since the instrument was new. */
export interface MetricsReading {
  readonly instrument: string;
  readonly sequence: number;
  readonly orders: Readonly<Record<string, number>>;
  readonly rejects: Readonly<Record<string, number>>;
  readonly replays: number;
  readonly cancels: number;
  readonly amends: number;
  readonly trades: number;
  /** Exact sum of traded lots, in decimal digits. */
  readonly tradedLots: string;
  /** Commands of each flush. */
  readonly flushCommands: HistogramReading;
  /** Milliseconds that each request took, from when it came to the instrument until its flush was on disk. */
  readonly latencyMs: HistogramReading;
  readonly queueDepth: number;
  readonly restingOrders: number;
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sockets: number;
  /** When the object was last started, by the host's clock. */
  readonly startedMs: number;
  readonly restoreMs: number;
  readonly tradingStatus: TradingStatusName;
  /** Since when it has that status, and why. */
  readonly statusNote: StatusNote;
  /** Why no new order is taken at all, whatever it is; null where that is for the trading status to say. */
  readonly orderRefusal: Pick<Problem, "code" | "detail"> | null;
  readonly storageBytes: number;
  readonly outbox: readonly SinkHealth[];
  readonly quarantine: QuarantineReading;
}

import type { StatusReason } from "../../engine/vocabulary/trading-status.ts";
import type { Problem } from "../../protocol/error-code.ts";
import type { AvailabilityReason, TradingStatusName } from "../../protocol/fields.ts";

/** Upper bounds of the buckets for commands per flush. */
export const FLUSH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;
/** Upper bounds of the buckets for latencies, in milliseconds. */
export const LATENCY_BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

/** A histogram for publication: the values so far, by upper bounds that include everything below them. */
export interface HistogramReading {
  readonly bounds: readonly number[];
  /** The number of values up to the bound with the same index. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** An instrument's quarantined requests. */
export interface QuarantineReading {
  readonly isHalted: boolean;
  /** The number of requests that are refused. */
  readonly count: number;
}

/** When the trading status last changed, and why; null if that is unknown. */
export interface StatusNote {
  readonly sinceMs: number | null;
  readonly reason: StatusReason | AvailabilityReason | null;
}

/** The state of a sink. */
export interface SinkHealth {
  readonly sink: string;
  readonly lastSequence: number;
  readonly lagEvents: number;
  /** The time for which the oldest event that is not shipped has waited. */
  readonly lagSeconds: number;
  /** Failures since the instrument was new. */
  readonly failures: number;
  /**
   * The failure of the last attempt, in words that are safe to show; null if it succeeded. The log has the
   * details.
   */
  readonly lastError: string | null;
  readonly deadRows: number;
}

/** What an edge has done since it started. */
export interface EdgeReading {
  /** Answered requests by the class of their status, such as `2xx`. */
  readonly requests: Readonly<Record<string, number>>;
  /** Open connections, those of the stream included. */
  readonly connections: number;
  readonly links: readonly LinkReading[];
}

/** What has gone over an edge's link to an instrument. */
export interface LinkReading {
  readonly instrument: string;
  readonly calls: number;
  /** Messages that carried the calls. */
  readonly frames: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Calls without an answer at the moment. */
  readonly waiting: number;
}

/** The edges of a venue in their order, each with its reading if it answered. */
export type EdgeReadings = readonly (EdgeReading | undefined)[];

/** A reading of an instrument's metrics. Counters count since the instrument was new. */
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
  /** Commands per flush. */
  readonly flushCommands: HistogramReading;
  /**
   * The time of each request in milliseconds, from its arrival at the instrument until its flush was on disk.
   */
  readonly latencyMs: HistogramReading;
  readonly queueDepth: number;
  readonly restingOrders: number;
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sockets: number;
  /** When the object last started, by the host's clock. */
  readonly startedMs: number;
  readonly restoreMs: number;
  readonly tradingStatus: TradingStatusName;
  /** When the status last changed, and why. */
  readonly statusNote: StatusNote;
  /** Why every new order is refused, whatever it is; null if the trading status decides. */
  readonly orderRefusal: Pick<Problem, "code" | "detail"> | null;
  readonly storageBytes: number;
  readonly outbox: readonly SinkHealth[];
  readonly quarantine: QuarantineReading;
}

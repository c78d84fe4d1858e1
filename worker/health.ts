import type { MetricsReading } from "../durable-objects/instrument/metrics.ts";
import type { Health, InstrumentHealth } from "../protocol/problem.ts";

const WORST_FIRST = ["unavailable", "degraded", "ok"] as const;

/** How an instrument is that has answered: it trades, unless its storage was lost or it failed again and again; what it ships to may be away. */
export function instrumentHealth({
  instrument,
  sequence,
  restoreMs,
  outbox,
  tradingStatus,
  quarantine,
}: MetricsReading): InstrumentHealth {
  const isBehind = outbox.some(({ lastError, deadRows }) => lastError !== null || deadRows > 0);
  const isDegraded = isBehind || quarantine.count > 0;
  const isUnavailable = tradingStatus === "lost" || quarantine.isHalted;
  return {
    instrument,
    status: isUnavailable ? "unavailable" : isDegraded ? "degraded" : "ok",
    sequence,
    restore_seconds: restoreMs / 1000,
    outbox: outbox.map((sink) => ({
      sink: sink.sink,
      last_sequence: sink.lastSequence,
      lag_events: sink.lagEvents,
      lag_seconds: sink.lagSeconds,
      failures: sink.failures,
      last_error: sink.lastError,
      dead_rows: sink.deadRows,
    })),
    quarantined_requests: quarantine.count,
    frozen_reason: quarantine.isHalted ? "flush_failures" : null,
  };
}

/** The venue is as well as the worst of its instruments. */
export function venueHealth(instruments: InstrumentHealth[]): Health {
  const worst = WORST_FIRST.find((status) => instruments.some((each) => each.status === status));
  return { status: worst ?? "ok", instruments };
}

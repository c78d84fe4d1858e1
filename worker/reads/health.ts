import type { MetricsReading } from "../../durable-objects/calls/readings.ts";
import type { Health, InstrumentHealth } from "../../protocol/health.ts";

const WORST_FIRST = ["unavailable", "degraded", "ok"] as const;

/**
 * The health of an instrument that answered. It is unavailable if it refuses every new order because of its
 * own condition. A market that an operator or a rule halts, puts into an auction or restricts to cancels is
 * healthy.
 */
export function instrumentHealth({
  instrument,
  sequence,
  restoreMs,
  outbox,
  quarantine,
  ...reading
}: MetricsReading): InstrumentHealth {
  const { tradingStatus, statusNote, orderRefusal } = reading;
  const isBehind = outbox.some(({ lastError, deadRows }) => lastError !== null || deadRows > 0);
  const isDegraded = isBehind || quarantine.count > 0;
  return {
    instrument,
    status: orderRefusal !== null ? "unavailable" : isDegraded ? "degraded" : "ok",
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
    trading_status: tradingStatus,
    trading_status_since: statusNote.sinceMs === null ? null : new Date(statusNote.sinceMs).toISOString(),
    trading_status_reason: statusNote.reason,
    order_refusal: orderRefusal,
  };
}

/** The health of the venue is that of its worst instrument. */
export function venueHealth(instruments: InstrumentHealth[]): Health {
  const worst = WORST_FIRST.find((status) => instruments.some((each) => each.status === status));
  return { status: worst ?? "ok", instruments };
}

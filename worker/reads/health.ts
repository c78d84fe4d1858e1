import type { MetricsReading } from "../../durable-objects/calls/readings.ts";
import type { Health, InstrumentHealth } from "../../protocol/health.ts";

const WORST_FIRST = ["unavailable", "degraded", "ok"] as const;

/**
 * How an instrument is that has answered. It is unavailable where every new order is refused, because of how
 * the instrument is; a market that is halted, in an auction or takes cancels only is as it is wanted.
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

/** The venue is as well as the worst of its instruments. */
export function venueHealth(instruments: InstrumentHealth[]): Health {
  const worst = WORST_FIRST.find((status) => instruments.some((each) => each.status === status));
  return { status: worst ?? "ok", instruments };
}

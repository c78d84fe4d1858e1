import type { HistogramReading, MetricsReading, SinkHealth } from "../../durable-objects/calls/readings.ts";
import { formatScaled } from "../../protocol/decimal.ts";
import { tradingStatusField } from "../../protocol/fields.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { type Metric, type MetricHead, prometheusText, type Sample } from "./prometheus-text.ts";

type InstrumentMetric = Metric<MetricsReading, InstrumentSpec>;

/** An instrument, and its reading if it answered. */
export interface ReadInstrument {
  readonly spec: InstrumentSpec;
  readonly reading: MetricsReading | undefined;
}

const one = (value: number | string): Sample[] => [{ labels: {}, value }];
const each = (label: string, counts: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

/**
 * The samples of a histogram in Prometheus' form. @param divisor converts the reading's unit into the
 * metric's.
 */
const histogram = ({ bounds, counts, count, sum }: HistogramReading, divisor = 1): Sample[] => [
  ...bounds.map((bound, index) => ({
    suffix: "_bucket",
    labels: { le: String(bound / divisor) },
    value: counts[index] ?? 0,
  })),
  { suffix: "_bucket", labels: { le: "+Inf" }, value: count },
  { suffix: "_sum", labels: {}, value: sum / divisor },
  { suffix: "_count", labels: {}, value: count },
];

const bySink = ({ outbox }: MetricsReading, value: (health: SinkHealth) => number): Sample[] =>
  outbox.map((health) => ({ labels: { sink: health.sink }, value: value(health) }));

export const METRICS: readonly InstrumentMetric[] = [
  {
    name: "edgebook_orders_total",
    type: "counter",
    help: "Accepted orders by the status in their answer.",
    samples: (reading) => each("status", reading.orders),
  },
  {
    name: "edgebook_rejects_total",
    type: "counter",
    help: "Refused commands by error code.",
    samples: (reading) => each("code", reading.rejects),
  },
  {
    name: "edgebook_replays_total",
    type: "counter",
    help: "Orders answered with the stored answer of their idempotency key.",
    samples: (reading) => one(reading.replays),
  },
  {
    name: "edgebook_cancels_total",
    type: "counter",
    help: "Orders cancelled by their owner.",
    samples: (reading) => one(reading.cancels),
  },
  {
    name: "edgebook_amends_total",
    type: "counter",
    help: "Amendments of orders.",
    samples: (reading) => one(reading.amends),
  },
  {
    name: "edgebook_trades_total",
    type: "counter",
    help: "Trades.",
    samples: (reading) => one(reading.trades),
  },
  {
    name: "edgebook_traded_volume_total",
    type: "counter",
    help: "Traded quantity in the base asset.",
    samples: (reading, { lot }) =>
      one(formatScaled(BigInt(reading.tradedLots) * BigInt(lot.units), lot.scale)),
  },
  {
    name: "edgebook_flush_commands",
    type: "histogram",
    help: "Commands per flush, which is one durable commit.",
    samples: (reading) => histogram(reading.flushCommands),
  },
  {
    name: "edgebook_order_latency_seconds",
    type: "histogram",
    help: "Time from the arrival of an order entry request at the instrument until its flush is on disk.",
    samples: (reading) => histogram(reading.latencyMs, 1000),
  },
  {
    name: "edgebook_queue_depth",
    type: "gauge",
    help: "Commands that wait for a flush.",
    samples: (reading) => one(reading.queueDepth),
  },
  {
    name: "edgebook_resting_orders",
    type: "gauge",
    help: "Orders on the book.",
    samples: (reading) => one(reading.restingOrders),
  },
  {
    name: "edgebook_price_levels",
    type: "gauge",
    help: "Price levels on the book.",
    samples: (reading) => each("side", { buy: reading.bidLevels, sell: reading.askLevels }),
  },
  {
    name: "edgebook_stream_sockets",
    type: "gauge",
    help: "Connected stream subscribers.",
    samples: (reading) => one(reading.sockets),
  },
  {
    name: "edgebook_sequence",
    type: "gauge",
    help: "Sequence of the last event.",
    samples: (reading) => one(reading.sequence),
  },
  {
    name: "edgebook_instrument_start_time_seconds",
    type: "gauge",
    help: "When the instrument's object last started, in seconds since 1970.",
    samples: (reading) => one(reading.startedMs / 1000),
  },
  {
    name: "edgebook_restore_seconds",
    type: "gauge",
    help: "Time that the last start took to rebuild the book from storage.",
    samples: (reading) => one(reading.restoreMs / 1000),
  },
  {
    name: "edgebook_outbox_lag_events",
    type: "gauge",
    help: "Events not yet shipped to a sink.",
    samples: (reading) => bySink(reading, ({ lagEvents }) => lagEvents),
  },
  {
    name: "edgebook_outbox_lag_seconds",
    type: "gauge",
    help: "Age of the oldest event not yet shipped to a sink.",
    samples: (reading) => bySink(reading, ({ lagSeconds }) => lagSeconds),
  },
  {
    name: "edgebook_outbox_failures_total",
    type: "counter",
    help: "Failed attempts to ship to a sink.",
    samples: (reading) => bySink(reading, ({ failures }) => failures),
  },
  {
    name: "edgebook_outbox_dead_rows",
    type: "gauge",
    help: "Unresolved rows that a sink rejected permanently.",
    samples: (reading) => bySink(reading, ({ deadRows }) => deadRows),
  },
  {
    name: "edgebook_quarantined_requests",
    type: "gauge",
    help: "Requests that are refused because a flush of only this request failed.",
    samples: (reading) => one(reading.quarantine.count),
  },
  {
    name: "edgebook_available",
    type: "gauge",
    help: "Whether the trading status alone decides about orders: 0 if every new order is refused.",
    samples: (reading) => one(Number(reading.orderRefusal === null)),
  },
  {
    name: "edgebook_trading_status",
    type: "gauge",
    help: "1 for the current trading status of the instrument, 0 for every other status.",
    samples: ({ tradingStatus }) =>
      tradingStatusField.options.map((status) => ({
        labels: { status },
        value: Number(status === tradingStatus),
      })),
  },
  {
    name: "edgebook_storage_bytes",
    type: "gauge",
    help: "Size of the instrument's own database.",
    samples: (reading) => one(reading.storageBytes),
  },
];

/** Whether an instrument answered: the only metric of an instrument that did not. */
export const UP: MetricHead = {
  name: "edgebook_instrument_up",
  type: "gauge",
  help: "Whether the instrument answered. If it is 0, the instrument has no other metric.",
};

/** Formats the readings of the instruments. */
export function metricsText(instruments: readonly ReadInstrument[]): string {
  const sources = instruments.map(({ spec, reading }) => {
    return { labels: { instrument: spec.instrument }, source: spec, reading };
  });
  return prometheusText(UP, METRICS, sources);
}

import type { EdgeReading, EdgeReadings, LinkReading } from "../../durable-objects/calls/readings.ts";
import { type Metric, type MetricHead, prometheusText, type Sample } from "./prometheus-text.ts";

const byInstrument =
  (value: (link: LinkReading) => number) =>
  ({ links }: EdgeReading): Sample[] =>
    links.map((link) => ({ labels: { instrument: link.instrument }, value: value(link) }));

export const EDGE_METRICS: readonly Metric<EdgeReading>[] = [
  {
    name: "edgebook_edge_requests_total",
    type: "counter",
    help: "Requests that the edge has answered, by the class of the status.",
    samples: ({ requests }) =>
      Object.entries(requests).map(([status, value]) => ({ labels: { status }, value })),
  },
  {
    name: "edgebook_edge_connections",
    type: "gauge",
    help: "Open connections of the edge, those of the stream included.",
    samples: ({ connections }) => [{ labels: {}, value: connections }],
  },
  {
    name: "edgebook_link_calls_total",
    type: "counter",
    help: "Calls that went over the link of the edge to the instrument.",
    samples: byInstrument(({ calls }) => calls),
  },
  {
    name: "edgebook_link_messages_total",
    type: "counter",
    help: "Messages that carried these calls.",
    samples: byInstrument(({ frames }) => frames),
  },
  {
    name: "edgebook_link_reconnects_total",
    type: "counter",
    help: "Connections of the link after the first.",
    samples: byInstrument(({ reconnects }) => reconnects),
  },
  {
    name: "edgebook_link_calls_waiting",
    type: "gauge",
    help: "Calls of the link that have no answer yet.",
    samples: byInstrument(({ waiting }) => waiting),
  },
];

/** Whether an edge answered: the only metric of an edge that did not. */
export const EDGE_UP: MetricHead = {
  name: "edgebook_edge_up",
  type: "gauge",
  help: "Whether the edge answered. If it is 0, the edge has no other metric.",
};

/** Formats the readings of the edges. */
export function edgeMetricsText(edges: EdgeReadings): string {
  const sources = edges.map((reading, edge) => {
    return { labels: { edge: String(edge) }, source: undefined, reading };
  });
  return prometheusText(EDGE_UP, EDGE_METRICS, sources);
}

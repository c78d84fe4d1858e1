import type { EdgeReading, EdgeReadings, LinkReading } from "../../durable-objects/calls/readings.ts";

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface EdgeMetric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: (reading: EdgeReading) => readonly Sample[];
}

const byInstrument =
  (value: (link: LinkReading) => number) =>
  ({ links }: EdgeReading): Sample[] =>
    links.map((link) => ({ labels: { instrument: link.instrument }, value: value(link) }));

export const EDGE_METRICS: readonly EdgeMetric[] = [
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
export const EDGE_UP: Omit<EdgeMetric, "samples"> = {
  name: "edgebook_edge_up",
  type: "gauge",
  help: "Whether the edge answered. If it is 0, the edge has no other metric.",
};

/** Formats the readings of the edges in the Prometheus text exposition format, version 0.0.4. */
export function edgeMetricsText(edges: EdgeReadings): string {
  const lines = [headOf(EDGE_UP)];
  edges.forEach((reading, edge) => {
    lines.push(lineOf(EDGE_UP, edge, { labels: {}, value: Number(reading !== undefined) }));
  });
  for (const metric of EDGE_METRICS) {
    lines.push(headOf(metric));
    edges.forEach((reading, edge) => {
      if (reading === undefined) return;
      for (const sample of metric.samples(reading)) lines.push(lineOf(metric, edge, sample));
    });
  }
  return `${lines.join("\n")}\n`;
}

function headOf({ name, help, type }: Omit<EdgeMetric, "samples">): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
}

function lineOf({ name }: { name: string }, edge: number, { labels, value }: Sample): string {
  const pairs = Object.entries({ edge: String(edge), ...labels });
  return `${name}{${pairs.map(([key, text]) => `${key}="${text}"`).join(",")}} ${value}`;
}

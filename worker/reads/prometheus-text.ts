/** A value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | string;
  /** Appended to the metric's name, for the parts of a histogram. */
  readonly suffix?: string;
}

/** What a metric is, whatever it is read from. */
export interface MetricHead {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
}

/** A metric, and its samples from the reading of one source. @template S what is known of a source. */
export interface Metric<R, S = undefined> extends MetricHead {
  readonly samples: (reading: R, source: S) => readonly Sample[];
}

/** A source of readings. */
export interface Source<R, S = undefined> {
  /** The labels of all its samples. */
  readonly labels: Readonly<Record<string, string>>;
  readonly source: S;
  /** Undefined if it did not answer. */
  readonly reading: R | undefined;
}

/**
 * Formats readings in the Prometheus text exposition format, version 0.0.4.
 * @param up the metric that says whether a source has answered. One that has not has no other.
 */
export function prometheusText<R, S>(
  up: MetricHead,
  metrics: readonly Metric<R, S>[],
  sources: readonly Source<R, S>[],
): string {
  const lines = [headOf(up)];
  for (const { labels, reading } of sources)
    lines.push(lineOf(up, labels, { labels: {}, value: Number(reading !== undefined) }));
  for (const metric of metrics) {
    lines.push(headOf(metric));
    for (const { labels, source, reading } of sources) {
      if (reading === undefined) continue;
      for (const sample of metric.samples(reading, source)) lines.push(lineOf(metric, labels, sample));
    }
  }
  return `${lines.join("\n")}\n`;
}

function headOf({ name, help, type }: MetricHead): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
}

function lineOf({ name }: MetricHead, own: Sample["labels"], sample: Sample): string {
  const { suffix = "", labels, value } = sample;
  // Instrument names, statuses and codes contain no character that the format requires to be escaped.
  const pairs = Object.entries({ ...own, ...labels });
  return `${name}${suffix}{${pairs.map(([key, text]) => `${key}="${text}"`).join(",")}} ${value}`;
}

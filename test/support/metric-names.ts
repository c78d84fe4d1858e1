import { readFileSync } from "node:fs";

/** A metric in the text format of Prometheus. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Without the labels that belong to histograms. */
  readonly labels: readonly string[];
}

const HISTOGRAM_SUFFIX = /_(?:bucket|sum|count)$/;

/** Parses the metrics of a text, in order. */
export function metricFamilies(text: string): MetricFamily[] {
  const lines = text.split("\n");
  const declared = Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = "", type = ""]) => ({
    name,
    type,
  }));
  return declared.map(({ name, type }) => {
    const own = lines.filter((line) => {
      const sample = /^[^{\s#]+/.exec(line)?.[0];
      return sample === name || (type === "histogram" && sample?.replace(HISTOGRAM_SUFFIX, "") === name);
    });
    const labels = own.flatMap((line) =>
      Array.from(line.matchAll(/[{,](\w+)="/g), ([, label = ""]) => label),
    );
    const help = lines.find((line) => line.startsWith(`# HELP ${name} `))?.slice(`# HELP ${name} `.length);
    const isOwn = (label: string) => type !== "histogram" || label !== "le";
    return { name, type, help: help ?? "", labels: [...new Set(labels)].filter(isOwn) };
  });
}

/** The metrics in the tables of docs/OPERATIONS.md. */
export function documentedMetrics(): Pick<MetricFamily, "name" | "type" | "labels">[] {
  const document = readFileSync("docs/OPERATIONS.md", "utf8");
  const rows = document.matchAll(/^\| `(edgebook_\w+)` \| (\w+) \|([^|]*)\|/gm);
  return Array.from(rows, ([, name = "", type = "", labels = ""]) => ({
    name,
    type,
    labels: Array.from(labels.matchAll(/`(\w+)`/g), ([, label = ""]) => label),
  }));
}

/** Units that names must not use: abbreviations, and units that are not base units. */
const NO_UNITS = new Set([
  "s",
  "ms",
  "us",
  "ns",
  "sec",
  "b",
  "kb",
  "mb",
  "gb",
  "tb",
  "pb",
  "m",
  "h",
  "d",
  "milliseconds",
  "microseconds",
  "nanoseconds",
  "minutes",
  "hours",
  "days",
  "weeks",
  "bits",
  "kilobytes",
  "megabytes",
  "gigabytes",
  "percent",
  "percents",
]);
const NO_TYPES = new Set(["counter", "gauge", "histogram", "summary", "untyped", "metric"]);

/**
 * The problems with the names of metrics, by the conventions of Prometheus, as `promtool check metrics`
 * reports them.
 */
export function namingProblems(families: readonly MetricFamily[]): string[] {
  const twice = families.filter(
    ({ name }, index) => families.findIndex((each) => each.name === name) < index,
  );
  return [
    ...twice.map(({ name }) => `${name} is there twice`),
    ...families.flatMap(({ name, type, help, labels }) => {
      const wrong: string[] = [];
      const words = name.split("_");
      if (help === "") wrong.push("has no help");
      if (!/^[a-z][a-z0-9_]*$/.test(name)) wrong.push("is not in snake case");
      if ((type === "counter") !== name.endsWith("_total"))
        wrong.push("_total is for counters, and for each");
      if (HISTOGRAM_SUFFIX.test(name)) wrong.push("ends as a part of a histogram does");
      if (words.some((word) => NO_UNITS.has(word))) wrong.push("has a unit that is no base unit");
      if (words.some((word) => NO_TYPES.has(word))) wrong.push("names a type");
      for (const label of labels) {
        if (!/^[a-z][a-z0-9_]*$/.test(label)) wrong.push(`has a label ${label} not in snake case`);
        if (label === "le") wrong.push("has a label le and is no histogram");
      }
      return wrong.map((problem) => `${name} ${problem}`);
    }),
  ];
}

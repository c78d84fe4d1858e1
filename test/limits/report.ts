import { percentile } from "../../load/percentile.ts";
import { formatTable } from "../../load/table.ts";
import type { ProbeTimes } from "./probe-result.ts";
import type { ScenarioResult } from "./run-scenario.ts";

/** The longest wait of a read, an order of a neighbour or a ping. */
export function longestGapMs({ probes }: ScenarioResult): number {
  return Object.values(probes).reduce((longest, { timesMs }) => Math.max(longest, longestOf(timesMs)), 0);
}

function longestOf(timesMs: readonly number[]): number {
  return timesMs.reduce((longest, timeMs) => Math.max(longest, timeMs), 0);
}

export function limitsTable(results: readonly ScenarioResult[]): string {
  const heading = [
    "scenario",
    "s",
    "read ms",
    "order ms",
    "ping ms",
    "value kB",
    "message kB",
    "MB",
    "failures",
  ];
  const rows = results.map((result) => {
    const { probes, valueBytesMax, messageBytesMax, memoryBytesMax, failures } = result;
    return [
      result.name,
      (result.elapsedMs / 1000).toFixed(1),
      ...[probes.read, probes.order, probes.ping].map(gaps),
      ...[valueBytesMax, messageBytesMax].map((bytes) => (bytes / 1000).toFixed(0)),
      (memoryBytesMax / 1e6).toFixed(0),
      String(failures.length),
    ];
  });
  return formatTable(heading, rows);
}

/** The median and the maximum. */
function gaps({ timesMs }: ProbeTimes): string {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return `${percentile(sorted, 0.5).toFixed(0)} / ${longestOf(timesMs).toFixed(0)}`;
}

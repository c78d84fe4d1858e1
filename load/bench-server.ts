import { edgeCount } from "../host/edge-count.ts";
import { startEdgedVenue } from "../host/edged-venue.ts";
import { startVenue, type VenueOptions, type VenueProcess } from "../host/venue.ts";
import { cpuSeconds } from "./machine.ts";

/** The command line's option for the number of edges. */
export const EDGES_OPTION = {
  type: "string",
  value: "N",
  help: "edges before workerd; 0: workerd alone",
  default: String(edgeCount(process.env.EDGES)),
} as const;

/** A server under measurement. */
export interface BenchServer extends Pick<VenueProcess, "url" | "pid" | "stop"> {
  /** The CPU seconds that its processes have used so far. */
  readonly cpu: () => ServerCpu;
}

/** CPU seconds; undefined if the system does not report them. */
interface ServerCpu {
  readonly workerd: number | undefined;
  readonly edges: number | undefined;
}

/** Starts a venue for a benchmark. Its log goes nowhere. @param edges how many edges it has. */
export async function startBenchServer(
  edges: number,
  options: Omit<VenueOptions, "onLog">,
): Promise<BenchServer> {
  if (edges === 0) {
    const { url, pid, stop } = await startVenue({ ...options, onLog: "discard" });
    return { url, pid, stop, cpu: () => ({ workerd: cpuSeconds(pid), edges: 0 }) };
  }
  const venue = await startEdgedVenue({
    ...options,
    edges,
    edgesHost: { onLines: () => {}, log: (_level, event, fields) => console.error(event, fields) },
    onLog: "discard",
  });
  const { url, pid, stop } = venue;
  return {
    url,
    pid,
    stop,
    cpu: () => ({ workerd: cpuSeconds(pid), edges: sum(venue.edgePids().map(cpuSeconds)) }),
  };
}

function sum(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce(
    (one, other) => (one === undefined || other === undefined ? undefined : one + other),
    0,
  );
}

/** The microseconds of CPU time that each of a number of units took, between two readings. */
export function microsecondsEach(
  before: number | undefined,
  after: number | undefined,
  units: number,
): string {
  if (before === undefined || after === undefined || units === 0) return "";
  return ((1e6 * (after - before)) / units).toFixed(units > 1000 ? 0 : 1);
}

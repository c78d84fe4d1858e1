import { spawnSync } from "node:child_process";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { venueUrl } from "../host/running-venue.ts";
import { readCommandLine } from "../host/tools/command-line.ts";

const REACH_MS_MAX = 5_000;
const SCRIPT = join(import.meta.dirname, "orders.js");

interface Script {
  readonly default: () => Promise<void>;
  readonly options: {
    readonly vus: number;
    readonly duration: string;
    readonly thresholds: Readonly<Record<string, readonly string[]>>;
  };
}

const { values } = readCommandLine({
  name: "npm run load:k6",
  about: "Runs load/orders.js on a running venue, with k6 if it is installed, otherwise with a stand-in.",
  options: {
    url: { type: "string", value: "URL", help: "the venue; default: the one that runs on this machine" },
    vus: { type: "string", value: "N", help: "virtual users; default: 100" },
    duration: { type: "string", value: "SECONDS", help: "duration; default: 30" },
  },
});
const url = await reachOrExit();
// The script reads this variable.
process.env.BASE_URL = url;

if (spawnSync("k6", ["version"]).status === 0) {
  const { url: _, ...limits } = values;
  const flags = Object.entries(limits).flatMap(([name, value]) => [
    `--${name}`,
    name === "duration" ? `${value}s` : value,
  ]);
  process.exitCode = spawnSync("k6", ["run", ...flags, SCRIPT], { stdio: "inherit" }).status ?? 1;
} else {
  console.log("k6 is not on the PATH; a stand-in runs the script, and its numbers are not k6's own.");
  process.exitCode = (await runStandIn()) ? 0 : 1;
}

/** The address of a venue that answers. Without one, every request of the run would fail. */
async function reachOrExit(): Promise<string> {
  try {
    const address = venueUrl(values.url ?? process.env.BASE_URL);
    const { status } = await fetch(`${address}/public/instruments`, {
      signal: AbortSignal.timeout(REACH_MS_MAX),
    }).catch((cause: unknown) => {
      throw new Error(`no venue answers at ${address}; npm start starts one`, { cause });
    });
    if (status !== 200) throw new Error(`the server at ${address} is not a venue: ${status}`);
    return address;
  } catch (error) {
    console.error(`load:k6: ${(error as Error).message}`);
    process.exit(1);
  }
}

/** Runs the script with a loop per virtual user. Returns true if its thresholds are met. */
async function runStandIn(): Promise<boolean> {
  const standInUrl = pathToFileURL(join(import.meta.dirname, "k6-stand-in.ts")).href;
  registerHooks({
    resolve: (specifier, context, next) => {
      return /^k6(\/http)?$/.test(specifier)
        ? { url: standInUrl, shortCircuit: true }
        : next(specifier, context);
    },
  });
  Object.assign(globalThis, { __ENV: process.env });
  const script: Script = await import(pathToFileURL(SCRIPT).href);
  const { closeConnections, measured } = await import("./k6-stand-in.ts");

  const users = Number(values.vus ?? script.options.vus);
  const seconds = Number(values.duration ?? script.options.duration.replace(/s$/, ""));
  const endMs = performance.now() + seconds * 1000;
  const user = async () => {
    while (performance.now() < endMs) await script.default();
  };
  const cpuBefore = process.cpuUsage();
  await Promise.all(Array.from({ length: users }, user));
  const cpu = process.cpuUsage(cpuBefore);
  closeConnections();

  const sortedMs = Float64Array.from(measured.durationsMs).sort();
  const percentile = (percent: number) =>
    sortedMs[Math.ceil((sortedMs.length * percent) / 100) - 1] ?? Number.NaN;
  const requests = sortedMs.length;
  console.log(`${users} users, ${seconds} s: ${requests} requests, ${Math.round(requests / seconds)}/s`);
  const latencies = [50, 90, 95, 99, 100].map((percent) => `p(${percent}) ${percentile(percent).toFixed(1)}`);
  console.log(
    `duration in ms: ${latencies.join(", ")}; generator CPU ${((cpu.user + cpu.system) / 1e6 / seconds).toFixed(2)} cores`,
  );
  const rates: Readonly<Record<string, number>> = {
    http_req_failed: measured.failedRequests / requests,
    checks: 1 - measured.failedChecks / measured.checks,
  };
  const judged = Object.entries(script.options.thresholds).flatMap(([metric, conditions]) => {
    return conditions.map((condition) => {
      const holds = holdsThreshold(condition, percentile, rates[metric]);
      console.log(`${holds ? "holds" : "FAILS"}  ${metric} ${condition}`);
      return holds;
    });
  });
  return judged.every(Boolean);
}

/**
 * Whether a threshold such as `p(95)<100` or `rate==0` is met.
 * @throws on a threshold that k6 supports and this stand-in does not.
 */
function holdsThreshold(
  condition: string,
  percentile: (percent: number) => number,
  rate: number | undefined,
): boolean {
  const parts = /^(?:p\(([\d.]+)\)|rate)(<|==)([\d.]+)$/.exec(condition);
  if (parts === null) throw new Error(`this stand-in does not support the threshold ${condition}`);
  const [, percent, comparison, bound] = parts;
  const value = percent === undefined ? rate : percentile(Number(percent));
  if (value === undefined) throw new Error(`there is no rate for ${condition}`);
  return comparison === "<" ? value < Number(bound) : value === Number(bound);
}

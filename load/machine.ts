import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { WORKERD } from "../host/venue.ts";

/** The conditions of a benchmark, in one line. `folder` is on the disk that the venue writes to. */
export function describeMachine(folder: string): string {
  const workerd = execFileSync(WORKERD, ["--version"], { encoding: "utf8" }).trim();
  const cores = `${availableParallelism()} cores of ${cpus()[0]?.model ?? "an unknown CPU"}`;
  return `${cores}; Node ${process.versions.node}; ${workerd}; fdatasync ${syncTimeMs(folder)} ms`;
}

const SYNCS = 200;

/** The median time in which the disk makes 4 KiB durable. */
function syncTimeMs(folder: string): string {
  const file = join(folder, "sync-probe");
  const descriptor = openSync(file, "w");
  const block = Buffer.alloc(4096, 1);
  const timesMs = Array.from({ length: SYNCS }, (_, index) => {
    const startMs = performance.now();
    writeSync(descriptor, block, 0, block.length, index * block.length);
    fdatasyncSync(descriptor);
    return performance.now() - startMs;
  });
  closeSync(descriptor);
  rmSync(file);
  return (timesMs.sort((a, b) => a - b)[SYNCS / 2] ?? 0).toFixed(2);
}

/** The CPU seconds that a process has used; undefined if the system has no /proc. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    // Linux counts in hundredths of a second, whatever the kernel's own tick.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** The CPU time of a process's threads in microseconds, more exactly than `cpuSeconds`. Linux only. */
export function cpuMicroseconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000;
}

/** The bytes that a process has written to its files. Linux only. */
export function bytesWritten(pid: number): number {
  return Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}

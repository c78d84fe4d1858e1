import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A server that runs as a child of this process. */
export interface ServerProcess {
  readonly pid: number;
  /** Sends a signal and waits until the server has ended. After `limitMilliseconds` the server is killed. */
  stop(signal: NodeJS.Signals, limitMilliseconds?: number): Promise<void>;
  /** Sends SIGKILL to the server and its children, like a crash, and waits until they are gone. */
  kill(): Promise<void>;
  /** Throws, with the end of the server's output, if it has ended. */
  assertRunning(): void;
}

interface StartOptions {
  name: string;
  command: string;
  args: string[];
  options: SpawnOptions;
}

const keptOutputBytes = 4_096;
const running = new Set<ChildProcess>();

// However this process ends by itself, no server is left behind. SIGINT makes both Postgres and Redis end
// soon and cleanly.
process.on("exit", () => {
  for (const child of running) child.kill("SIGINT");
});

/**
 * Starts a server without a terminal and without this process's signals. Resolves once the process exists.
 */
export async function startServer({ name, command, args, options }: StartOptions): Promise<ServerProcess> {
  // In a separate process group, so that Ctrl-C reaches only this process, which then ends the server in
  // order.
  const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-keptOutputBytes);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      running.delete(child);
      resolve();
    });
  });
  const pid = child.pid ?? 0;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const kill = async () => {
    const processes = [pid, ...childrenOf(pid)];
    if (!hasEnded()) for (const each of processes) sendSignal(each, "SIGKILL");
    await ended;
    while (processes.some((each) => sendSignal(each, 0))) await sleep(10);
  };
  return {
    pid,
    kill,
    stop: async (signal, limitMilliseconds = 15_000) => {
      if (!hasEnded()) child.kill(signal);
      const limit = new AbortController();
      const late = sleep(limitMilliseconds, "late", { signal: limit.signal }).catch(() => "ended in time");
      if ((await Promise.race([ended, late])) === "late") await kill();
      limit.abort();
    },
    assertRunning: () => {
      if (hasEnded())
        throw new Error(`${name} ended (${child.signalCode ?? child.exitCode}):\n${output.trim()}`);
    },
  };
}

/** Runs a command to its end. Throws with its stderr if it fails. */
export async function runToEnd(command: string, args: string[], options: SpawnOptions): Promise<void> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} failed (${code}):\n${errors.trim()}`);
}

/** Calls `attempt` until it succeeds. Throws its last error when time is up or the server has ended. */
export async function waitUntilReady(
  server: ServerProcess,
  attempt: () => Promise<void>,
  limitMilliseconds = 30_000,
): Promise<void> {
  const deadline = performance.now() + limitMilliseconds;
  for (;;) {
    server.assertRunning();
    try {
      return await attempt();
    } catch (cause) {
      if (performance.now() > deadline) throw cause;
    }
    await sleep(50);
  }
}

/** A TCP port on the loopback address that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}

function childrenOf(pid: number): number[] {
  try {
    const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return ids === "" ? [] : ids.split(" ").map(Number);
  } catch (cause) {
    // The file does not exist: the process has ended, or the system has no /proc.
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
}

/** Returns false if the process does not exist any more. */
function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw cause;
  }
}

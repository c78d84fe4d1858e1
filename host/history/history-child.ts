import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CODE_FOLDER } from "../tools/code-folder.ts";
import type { HistoryReport, HistoryRequest } from "./history-messages.ts";

/** A running process of history. */
export interface HistoryChild {
  /** Resolves when it has ended, with its exit code or the signal that ended it, as text. */
  readonly ended: Promise<string>;
  send(request: HistoryRequest): void;
  kill(): void;
}

interface Forked {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
}

let prepared: Forked | undefined;

/** Starts a process of history that `startHistoryChild` will use. It loads its code meanwhile. */
export function prepareHistoryChild(): void {
  prepared = forkHistory();
}

/**
 * Starts a process of history, or uses the prepared one. It ends with this process, however that ends.
 * @param onReport called with each of its reports, and with each line that it prints as a line of the log.
 */
export function startHistoryChild(onReport: (report: HistoryReport) => void): HistoryChild {
  const { child, ended } = prepared ?? forkHistory();
  prepared = undefined;
  const onLine = (line: string) => onReport({ kind: "log", line });
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface({ input: stream }).on("line", onLine);
  child.on("message", onReport);
  return {
    ended,
    send: (request) => {
      // What is sent to a process that has ended is not needed any more: `ended` has the news.
      if (child.connected) child.send(request, () => {});
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function forkHistory(): Forked {
  const child = fork(join(import.meta.dirname, "history-process.ts"), {
    // Options of this process, such as a file of settings, are not for that one.
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, NODE_COMPILE_CACHE: CODE_FOLDER },
  });
  return {
    child,
    ended: new Promise((resolve) => {
      child.on("error", (cause) => resolve(cause.message));
      // It comes after the last report.
      child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
    }),
  };
}

import { constants, setPriority } from "node:os";
import type { EmbeddedHistory } from "./embedded-history.ts";
import type { BeginRequest, HistoryReport, HistoryRequest } from "./history-messages.ts";

// The process of history: `beginHistory` starts it. It serves the embedded database of a folder, as its
// parent requests over the IPC channel, and ends with its parent.

/** A database that takes longer to close is left to be repaired from its own log by the next start. */
const CLOSE_MS_MAX = 5_000;
let history: Promise<EmbeddedHistory> | undefined;
let isEnding = false;

// Ctrl-C, the end of a terminal and a service manager signal every process of the venue. The parent closes
// history once the venue has stopped.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("message", (request: HistoryRequest) => {
  if (request.kind === "begin") void begin(request);
  else if (request.kind === "open") void open();
  else void end(0);
});
// This comes when the parent ends, even by SIGKILL.
process.on("disconnect", () => void end(0));
// Loaded here, so that no signal and no message comes too early, and before the parent requests anything.
const loading = import("./embedded-history.ts");
loading.catch(() => {}); // `begin` reports it

async function begin({ folder, at }: BeginRequest): Promise<void> {
  try {
    const { beginEmbeddedHistory } = await loading;
    history = beginEmbeddedHistory(folder, {
      at,
      log: (line) => void report({ kind: "log", line }),
      onCrash: (cause) => void fail("run", cause),
    });
    const { databaseUrl, url, isNew } = await history;
    await report({ kind: "begun", addresses: { databaseUrl, url }, isNew });
  } catch (cause) {
    await fail("begin", cause);
  }
}

async function open(): Promise<void> {
  try {
    await (await history)?.open();
  } catch (cause) {
    return fail("open", cause);
  }
  // From here on its work can wait, and orders cannot.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  await report({ kind: "open" });
}

async function fail(step: "begin" | "open" | "run", cause: unknown): Promise<void> {
  if (isEnding) return;
  await report({ kind: "failed", step, reason: cause instanceof Error ? cause.message : String(cause) });
  await end(1);
}

/** Closes the database if it can be closed, and ends this process. */
async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(1), CLOSE_MS_MAX);
  const begun = await history?.catch(() => undefined); // it has reported its failure
  await begun?.close();
  process.exit(code);
}

/** Resolves when the report has been sent. There is nobody to report to once the parent has ended. */
function report(what: HistoryReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(what, undefined, undefined, () => resolve());
    else resolve();
  });
}

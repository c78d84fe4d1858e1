/** An edge process. The supervisor starts it, sends it its settings, and ends it; see `Edges`. */

import { type EdgeServer, startEdge } from "./edge-server.ts";
import type { FromEdge, ToEdge } from "./edge-settings.ts";
import { joinLog } from "./joined-log.ts";

joinLog();
let edge: EdgeServer | undefined;

// Ctrl-C reaches the whole group of processes. The supervisor ends its edges in their turn.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
// The supervisor has ended, however it did.
process.once("disconnect", () => process.exit(0));

process.on("message", (message: ToEdge) => {
  void (message.kind === "start" ? start(message) : stop());
});

async function start({ settings }: ToEdge & { kind: "start" }): Promise<void> {
  try {
    edge = await startEdge(settings);
    report({ kind: "listening", port: edge.port });
  } catch (error) {
    report({ kind: "failed", message: String(error) });
  }
}

async function stop(): Promise<void> {
  await edge?.stop();
  process.exit(0);
}

function report(message: FromEdge): void {
  process.send?.(message);
}

/** An edge process. The supervisor starts it, gives it connections, and ends it; see `Edges`. */
import type { Socket } from "node:net";
import { ReadingsAsked } from "./edge-readings.ts";
import { type EdgeServer, startEdge } from "./edge-server.ts";
import type { FromEdge, ToEdge } from "./edge-settings.ts";
import { joinLog } from "./joined-log.ts";

joinLog();
let edge: EdgeServer | undefined;
const readings = new ReadingsAsked(report);

// Ctrl-C reaches the whole group of processes. The supervisor ends its edges in their turn.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
// The supervisor has ended, however it did.
process.once("disconnect", () => process.exit(0));

process.on("message", (message: ToEdge, socket?: Socket) => {
  switch (message.kind) {
    case "start":
      edge = startEdge(message.settings, readings.ask);
      return report({ kind: "started" });
    case "connection":
      report({ kind: "taken" });
      // The client may have left while its connection was on the way.
      if (socket !== undefined) edge?.serve(socket);
      return;
    case "ping":
      return report({ kind: "pong" });
    case "read":
      if (edge !== undefined) report({ kind: "reading", ask: message.ask, reading: edge.reading() });
      return;
    case "readings":
      return readings.receive(message);
    case "stop":
      return void stop();
  }
});

async function stop(): Promise<void> {
  await edge?.stop();
  process.exit(0);
}

function report(message: FromEdge): void {
  process.send?.(message);
}

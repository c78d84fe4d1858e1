/**
 * Runs a host of relays: it follows the public channels of a venue that runs elsewhere and serves them to many,
 * with a process, and so a core, of its own; whatever else it is asked it passes on to the venue. It has one
 * relay: more would share its thread.
 *
 *     npm run relay -- --upstream http://localhost:3000 [--port 3001] [--host 127.0.0.1]
 *
 * PUBLIC_ORIGIN is as for the venue: the origins under which pages are served from here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { upstreamOrigin } from "../durable-objects/relay/tree.ts";
import { build } from "./build.ts";
import { messageOf } from "./gateway/http.ts";
import { onStop } from "./on-stop.ts";
import { endWithParent } from "./parent-watch.ts";
import { startVenue } from "./venue.ts";
import { workerVariables } from "./worker-variables.ts";

// Relays keep nothing that they could not lose.
const dataFolder = mkdtempSync(join(tmpdir(), "edgebook-relay-"));
try {
  const { upstream, host, port } = readOptions();
  await build();
  const { PUBLIC_ORIGIN } = workerVariables({ PUBLIC_ORIGIN: process.env.PUBLIC_ORIGIN });
  const own = { STREAM_UPSTREAM: upstream, STREAM_RELAYS: "1" };
  const vars = PUBLIC_ORIGIN === undefined ? own : { ...own, PUBLIC_ORIGIN };
  const venue = await startVenue({ dataFolder, host, port, vars });
  const callOffWatch = endWithParent(venue.pid);
  console.log(`Relays of ${upstream} at ${venue.url}   (Ctrl-C stops them)`);
  const callOffStop = onStop(() => void venue.stop());
  await venue.ended;
  callOffStop();
  callOffWatch();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      upstream: { type: "string" },
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "3001" },
    },
  });
  if (values.upstream === undefined) throw new Error("--upstream is required: the address of the venue");
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error("--port must be a port number");
  return { upstream: upstreamOrigin(values.upstream), host: values.host, port };
}

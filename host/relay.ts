/**
 * Runs a relay host. It follows the public channels of a venue that runs elsewhere, and serves them to many
 * subscribers with a process, and so a core, of its own. It passes all other requests on to the venue. It has
 * one relay, since more would share its thread.
 *
 *   npm run relay -- [--url http://localhost:3000] [--port 3001] [--host 127.0.0.1]
 *
 * PUBLIC_ORIGIN works as for the venue: the origins under which this host serves pages.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../dev/gateway/http.ts";
import { upstreamOrigin } from "../durable-objects/calls/relay-tree.ts";
import { build } from "./build.ts";
import { venueUrl } from "./running-venue.ts";
import { readCommandLine } from "./tools/command-line.ts";
import { LogPrinter } from "./tools/log-printer.ts";
import { onStop } from "./tools/on-stop.ts";
import { endWithParent } from "./tools/parent-watch.ts";
import { startVenue } from "./venue.ts";
import { workerVariables } from "./worker-variables.ts";

const { upstream, host, port } = optionsOrExit();
// Relays keep nothing that they could not lose.
const dataFolder = mkdtempSync(join(tmpdir(), "edgebook-relay-"));
try {
  await build();
  const settings = workerVariables({
    PUBLIC_ORIGIN: process.env.PUBLIC_ORIGIN,
    LOG_LEVEL: process.env.LOG_LEVEL,
  });
  const vars = { ...settings, STREAM_UPSTREAM: upstream, STREAM_RELAYS: "1" };
  const printer = new LogPrinter({ level: settings.LOG_LEVEL });
  const venue = await startVenue({ dataFolder, host, port, vars, onLog: printer.print });
  const callOffWatch = endWithParent(venue.pid);
  console.log(`Relay of ${upstream} at ${venue.url}   (Ctrl-C stops it)`);
  printer.release();
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

function optionsOrExit() {
  try {
    return readOptions();
  } catch (error) {
    console.error(messageOf(error));
    process.exit(1);
  }
}

function readOptions() {
  const { values } = readCommandLine({
    name: "npm run relay",
    about: "Follows a running venue, and serves its public channels with a separate process.",
    options: {
      url: { type: "string", value: "URL", help: "the venue; default: the one that runs on this machine" },
      upstream: { type: "string", value: "URL", help: "the same as --url" },
      host: { type: "string", value: "ADDRESS", help: "the address to listen on", default: "127.0.0.1" },
      port: { type: "string", value: "PORT", help: "the port to listen on", default: "3001" },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error("--port must be a port number");
  return { upstream: upstreamOrigin(venueUrl(values.upstream ?? values.url)), host: values.host, port };
}

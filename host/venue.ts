import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { BUNDLE_FOLDER, ROOT } from "./build.ts";
import { makePrivateFolder, writeSecretFile } from "./tools/private-files.ts";
import { ensureVenueId } from "./venue-id.ts";
import {
  HTTP_SOCKET,
  LINK_SOCKET,
  type WorkerdOptions,
  workerdConfig,
  wranglerVars,
} from "./workerd-config.ts";

/**
 * The workerd executable. It is required and not imported: Node and vitest disagree about the default export
 * of CommonJS.
 */
export const WORKERD: string = createRequire(import.meta.url)("workerd").default;

export interface VenueOptions {
  /** The folder of the objects' storage and the generated configuration. */
  readonly dataFolder: string;
  readonly host?: string;
  /** Default: 0, which selects a free port. */
  readonly port?: number;
  /** A second address to listen on, at the same port. */
  readonly secondHost?: string | undefined;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Also accepts links of edges with this secret. */
  readonly linkSecret?: string | undefined;
  /**
   * Called with each line of the venue's log. Default: lines go to this process's output. With "discard",
   * workerd's standard output is dropped at no cost.
   */
  readonly onLog?: ((line: string) => void) | "discard";
  /** Variables that replace or extend those that workerd inherits. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files to run instead of the venue's, for a benchmark's comparison. */
  readonly program?: Pick<WorkerdOptions, "bundleFolder" | "wranglerFile">;
}

const STOP_GRACE_MS = 3_000;

/** A running venue: one workerd process with the built bundle. */
export interface VenueProcess {
  readonly url: string;
  readonly port: number;
  /** The port for links; 0 if there is none. */
  readonly linkPort: number;
  /** The worker's variables. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly pid: number;
  /** Resolves when the process has ended, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /**
   * Ends the process with a signal and waits for it. A process that still serves a client after a moment is
   * killed: whatever was acknowledged is on disk.
   */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts the built bundle on workerd and waits until it listens.
 * @throws if workerd ends before that, with its output.
 */
export async function startVenue(options: VenueOptions): Promise<VenueProcess> {
  const { dataFolder, host = "127.0.0.1", port = 0 } = options;
  const { VENUE_ID, ...others } = options.vars ?? {};
  const vars = { ...others, VENUE_ID: ensureVenueId(dataFolder, VENUE_ID as string | undefined) };
  const storageFolder = join(dataFolder, "objects");
  makePrivateFolder(storageFolder);
  const configFile = configFileOf(dataFolder);
  const { program = { bundleFolder: BUNDLE_FOLDER, wranglerFile: join(ROOT, "wrangler.toml") } } = options;
  const { linkSecret } = options;
  const known = {
    LISTENS_ON: host,
    ...vars,
    ...(linkSecret === undefined ? {} : { LINK_SECRET: linkSecret }),
  };
  const places = { configFolder: dataFolder, storageFolder, host, port, secondHost: options.secondHost };
  const config = { ...program, ...places, vars: known, hasLinks: linkSecret !== undefined };
  writeSecretFile(configFile, workerdConfig(config));

  const { onLog = console.log } = options;
  const command = ["serve", configFile, "--control-fd=3"];
  const output = onLog === "discard" ? "ignore" : "pipe";
  const child = spawn(WORKERD, command, {
    stdio: ["ignore", output, "pipe", "pipe"],
    env: { ...process.env, ...options.environment },
  });
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  const lines: string[] = [];
  forwardLog(child, (line) => {
    if (lines.length < 100) lines.push(line);
    (onLog === "discard" ? console.error : onLog)(line);
  });
  const sockets = linkSecret === undefined ? [HTTP_SOCKET] : [HTTP_SOCKET, LINK_SOCKET];
  const listening = await Promise.race([listenPorts(child, sockets), ended]);
  if (typeof listening !== "object") throw new Error(`workerd ended with ${listening}:\n${lines.join("\n")}`);
  const { [HTTP_SOCKET]: httpPort = 0, [LINK_SOCKET]: linkPort = 0 } = listening;
  return {
    url: `http://${host}:${httpPort}`,
    port: httpPort,
    linkPort,
    vars: { ...wranglerVars(program.wranglerFile), ...known },
    pid: child.pid as number,
    ended,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      // workerd waits for its last connection, and a subscriber of the stream may stay for days.
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The path of the configuration of a data folder's workerd. It is on workerd's command line. */
export function configFileOf(dataFolder: string): string {
  return join(dataFolder, "workerd.capnp");
}

function forwardLog(child: ChildProcess, onLog: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", onLog);
  }
}

/** The ports of workerd's sockets, as it reports them over its control pipe. */
async function listenPorts(
  child: ChildProcess,
  names: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const control = child.stdio[3] as Readable;
  const ports: Record<string, number> = {};
  for await (const line of createInterface({ input: control })) {
    const message = JSON.parse(line);
    if (message.event === "listen") ports[message.socket] = message.port;
    if (names.every((name) => name in ports)) return ports;
  }
  return new Promise(() => {});
}

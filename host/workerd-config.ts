import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "smol-toml";
import * as z from "zod";

/** The parts of wrangler.toml that plain workerd needs. The rest is for Cloudflare. */
const wranglerConfig = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  vars: z.record(z.string(), z.unknown()).default({}),
});

/** The name of the socket at the first address. */
export const HTTP_SOCKET = "http";
/** The name of the socket for links. */
export const LINK_SOCKET = "link";
const LINK_SERVICE = '(name = "main", entrypoint = "LinkEntrance")';

export interface WorkerdOptions {
  /** The folder of the configuration. workerd resolves `embed` from there. */
  readonly configFolder: string;
  /** The folder of the built bundle. */
  readonly bundleFolder: string;
  readonly wranglerFile: string;
  /** The folder of the objects' SQLite files. It must exist. */
  readonly storageFolder: string;
  readonly host: string;
  /** 0 selects a free port, which workerd reports over its control pipe. */
  readonly port: number;
  /** A second address to listen on, at the same port. */
  readonly secondHost?: string | undefined;
  /** Also accepts links of edges, on a loopback port of its own. The secret is the variable LINK_SECRET. */
  readonly hasLinks?: boolean | undefined;
  /** Variables that replace or extend those of wrangler.toml. */
  readonly vars: Readonly<Record<string, unknown>>;
}

/** A Cap'n Proto configuration that runs the bundle of `wrangler.toml` on plain workerd. */
export function workerdConfig(options: WorkerdOptions): string {
  const config = readWrangler(options.wranglerFile);
  const classes = config.durable_objects.bindings;
  const vars = Object.entries({ ...config.vars, ...options.vars });
  const links = options.hasLinks === true ? [socket(LINK_SOCKET, "127.0.0.1", 0, LINK_SERVICE)] : [];
  const hosts = [options.host, ...(options.secondHost === undefined ? [] : [options.secondHost])];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .mainWorker),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "storage", disk = (path = ${text(options.storageFolder)}, writable = true)),
  ],
  sockets = [
${[...hosts.map((host, index) => socket(index === 0 ? HTTP_SOCKET : `${HTTP_SOCKET}-${index}`, host, options.port, '"main"')), ...links].join("\n")}
  ],
);

const mainWorker :Workerd.Worker = (
  compatibilityDate = ${text(config.compatibility_date)},
  compatibilityFlags = [${config.compatibility_flags.map(text).join(", ")}],
  modules = [
${modules(relative(options.configFolder, options.bundleFolder), readdirSync(options.bundleFolder)).join("\n")}
  ],
  bindings = [
${classes.map((each) => `    (name = ${text(each.name)}, durableObjectNamespace = ${text(each.class_name)}),`).join("\n")}
${vars.map(([name, value]) => `    (name = ${text(name)}, ${binding(value)}),`).join("\n")}
  ],
  durableObjectNamespaces = [
${classes.map((each) => `    (className = ${text(each.class_name)}, uniqueKey = ${text(`${config.name}-${each.class_name}`)}, enableSql = true),`).join("\n")}
  ],
  durableObjectStorage = (localDisk = "storage"),
);
`;
}

function readWrangler(file: string): z.output<typeof wranglerConfig> {
  return wranglerConfig.parse(parse(readFileSync(file, "utf8")));
}

/** The variables of wrangler.toml. */
export function wranglerVars(file: string): Readonly<Record<string, unknown>> {
  return readWrangler(file).vars;
}

function socket(name: string, host: string, port: number, service: string): string {
  const address = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  return `    (name = ${text(name)}, address = ${text(address)}, http = (), service = ${service}),`;
}

/** The entry module first, then the texts that it imports. */
function modules(folder: string, names: readonly string[]): string[] {
  const embed = (name: string) => `embed ${text(join(folder, name))}`;
  const texts = names.filter((name) => name.endsWith(".txt"));
  return [
    `    (name = "index.js", esModule = ${embed("index.js")}),`,
    ...texts.map((name) => `    (name = ${text(`./${name}`)}, text = ${embed(name)}),`),
  ];
}

function binding(value: unknown): string {
  return typeof value === "string" ? `text = ${text(value)}` : `json = ${text(JSON.stringify(value))}`;
}

/** A Cap'n Proto string literal. Its escapes equal those of JSON for printable text. */
function text(value: string): string {
  return JSON.stringify(value);
}

import { posix } from "node:path";

/** A file of the project. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The layers of the product. Each may import from itself and from the layers before it. */
const LAYERS = ["engine", "protocol", "client", "durable-objects", "worker"] as const;
/** The folders around the product that are not part of it. */
const SURROUNDINGS = ["host", "dev", "test", "load"] as const;
/** Every folder that contains code. */
export const CODE_FOLDERS: readonly string[] = [...LAYERS, ...SURROUNDINGS];

export const MAXIMUM_FILE_LINES = 250;

/**
 * The rooms of the product, floor by floor. A room is a folder without its subfolders. A file imports from
 * its own room and from lower floors, never from another room on its floor.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ["engine/vocabulary"],
  ["engine/book"],
  ["engine"],
  ["protocol"],
  ["protocol/feed"],
  ["client"],
  ["durable-objects/calls"],
  ["durable-objects/runtime", "durable-objects/records"],
  ["durable-objects/link", "durable-objects/storage", "durable-objects/feed", "durable-objects/outbox/sink"],
  ["durable-objects/journal", "durable-objects/relay", "durable-objects/gateway"],
  ["durable-objects/analytics", "durable-objects/outbox/redis"],
  ["durable-objects/instrument/flush", "durable-objects/outbox/postgres"],
  ["durable-objects/instrument/channels", "durable-objects/outbox"],
  ["durable-objects/instrument/rebuild"],
  ["durable-objects/instrument"],
  ["worker/http"],
  ["worker/api-document", "worker/reads"],
  ["worker/routes"],
  ["worker"],
];
/** The most files in a room, by its layer. */
const FILES_MAX = { "durable-objects": 18, others: 30 } as const;
/** The parts of the objects that the worker may import: their calls, their records, and their copies. */
const WORKER_MAY_IMPORT =
  /^durable-objects\/(?:calls|link|runtime|records|outbox\/(?:sink|postgres|redis))\//;
/** The file in which the platform finds the classes of the objects. */
const WORKER_ENTRY = "worker/index.ts";

/** Anything that would make the engine depend on more than its commands. */
const IMPURE =
  /\b(?:Date|Math\.random|performance|console|process|fetch|crypto|set(?:Timeout|Interval|Immediate)|queueMicrotask|async|await|Promise|parseFloat|globalThis)\b/g;
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;
// Written so that the patterns do not match themselves.
const LEFTOVER = /\b(?:[T]ODO|[F]IXME|[X]XX|[d]ebugger)\b|\.[o]nly\(|\.[s]kip\((?!.*\/\/ because )/g;
/** Phrases for which there is a plainer one: "publish" or "report", and a noun for a person or a program. */
const CLUMSY =
  /\b(?:[t]ells? (?:of|that)|[t]old (?:of|so)|[s]uch a one|[t]he same of it|[w]hoever|[w]ho (?:is|does|has|reads|comes|names|asks|gets))\b/gi;
const REVEALING =
  /\/work\/|\/tmp\/wt|\/(?:home|Users)\/\w|https?:\/\/[\w.-]*(?:registry|artifactory|verdaccio|npmmirror)|\bregistry\.(?:npmjs|yarnpkg)\b/g;

/** Impure code in the engine, which imports only from itself and uses nothing of its environment. */
export function impurities({ path, text }: SourceFile): string[] {
  const foreign = importsOf({ path, text }).filter((target) => folderOf(target) !== "engine");
  return [
    ...foreign.map((target) => `${path} imports ${target}`),
    ...findings(path, withoutComments(text), IMPURE),
  ];
}

/** Imports that point outward: to a later layer, or to the folders around the product. */
export function outwardImports(file: SourceFile): string[] {
  const layer = LAYERS.indexOf(folderOf(file.path) as (typeof LAYERS)[number]);
  if (layer === -1) return [];
  const outward: readonly string[] = [...LAYERS.slice(layer + 1), ...SURROUNDINGS];
  return importsOf(file)
    .filter((target) => outward.includes(folderOf(target)))
    .map((target) => `${file.path} imports ${target}`);
}

/** Imports from a room on the same floor or a higher one, and files in a room without a floor. */
export function risingImports(file: SourceFile): string[] {
  if (!LAYERS.includes(folderOf(file.path) as (typeof LAYERS)[number])) return [];
  const room = posix.dirname(file.path);
  const floor = floorOf(room);
  if (floor === -1) return [`${file.path} is in a room that FLOORS does not name`];
  return importsOf(file)
    .filter((target) => LAYERS.includes(folderOf(target) as (typeof LAYERS)[number]))
    .filter((target) => posix.dirname(target) !== room && floorOf(posix.dirname(target)) >= floor)
    .map((target) => `${file.path} imports ${target}`);
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** Circular imports, each as the paths along the circle. */
export function importCircles(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at !== -1) circles.push([...way.slice(at), path].join(" → "));
    if (at !== -1 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return circles;
}

/** Folders with too many files. */
export function crowdedRooms(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  return [...counts]
    .filter(
      ([room, count]) =>
        count > (folderOf(room) === "durable-objects" ? FILES_MAX["durable-objects"] : FILES_MAX.others),
    )
    .map(([room, count]) => `${room}: ${count}`);
}

/** The worker's imports of parts of the objects that it must not know. */
export function closedDoors(file: SourceFile): string[] {
  if (folderOf(file.path) !== "worker" || file.path === WORKER_ENTRY) return [];
  return importsOf(file)
    .filter((target) => folderOf(target) === "durable-objects" && !WORKER_MAY_IMPORT.test(target))
    .map((target) => `${file.path} imports ${target}`);
}

/** Notes to oneself, and skipped tests. A skipped test must state a reason: `// because …`. */
export function leftovers({ path, text }: SourceFile): string[] {
  return findings(path, text, LEFTOVER);
}

/** Text that reveals where the project was made. */
export function revelations({ path, text }: SourceFile): string[] {
  return findings(path, text, REVEALING);
}

/** Clumsy phrases in comments, messages and names of tests. */
export function clumsyPhrases({ path, text }: SourceFile): string[] {
  return findings(path, text, CLUMSY);
}

/** Lint rules that are disabled for a place. */
export function suppressions({ path, text }: SourceFile): string[] {
  return findings(path, text, /[b]iome-ignore|@ts-(?:[i]gnore|[e]xpect-error|[n]ocheck)/g);
}

/** The number of lines of a file, without its imports, which only show where its neighbours are. */
export function lineCount({ text }: SourceFile): number {
  const own = text.replace(/^import\s[^;]*;\n/gm, "").replace(/^ *["\w.]+(?:: ["\w.]+)?,\n/gm, "");
  return own.split("\n").length - (own.endsWith("\n") ? 1 : 0);
}

export function folderOf(path: string): string {
  return path.split("/")[0] ?? "";
}

/** The imports of a file: paths from the root of the project, or names of packages. */
function importsOf({ path, text }: SourceFile): string[] {
  return [...withoutComments(text).matchAll(IMPORT)].map(([, target = ""]) =>
    target.startsWith(".") ? posix.join(posix.dirname(path), target) : `package ${target}`,
  );
}

function findings(path: string, text: string, pattern: RegExp): string[] {
  return text
    .split("\n")
    .flatMap((line, index) => [...line.matchAll(pattern)].map(([found]) => `${path}:${index + 1}: ${found}`));
}

/** The code without its comments, with unchanged line numbers. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

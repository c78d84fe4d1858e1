import { posix } from "node:path";

/** A file of the project. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The layers of the product; each may import from itself and from those before it. */
const LAYERS = ["engine", "protocol", "client", "durable-objects", "worker"] as const;
/** What stands around the product and is never part of it. */
const SURROUNDINGS = ["dev", "test", "load"] as const;
/** Every folder that holds code. */
export const CODE_FOLDERS: readonly string[] = [...LAYERS, ...SURROUNDINGS];

export const MAXIMUM_FILE_LINES = 250;

/**
 * The rooms of the product, each a folder without those inside it, floor by floor. A file imports from its own room
 * and from lower floors: what stands on one floor does not know its neighbours.
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
  ["durable-objects/storage", "durable-objects/feed", "durable-objects/outbox/sink"],
  ["durable-objects/journal", "durable-objects/relay"],
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
/** How many files a room may have, by the layer it is in; elsewhere as many as the last. */
const FILES_MAX = { "durable-objects": 18, others: 30 } as const;
/** What the worker knows of the objects: how they are called, what their records look like, and their copies. */
const WORKER_MAY_IMPORT = /^durable-objects\/(?:calls|runtime|records|outbox\/(?:sink|postgres|redis))\//;
/** Where the platform finds the classes of the objects. */
const WORKER_ENTRY = "worker/index.ts";

/** Whatever would make the engine depend on more than its commands. */
const IMPURE =
  /\b(?:Date|Math\.random|performance|console|process|fetch|crypto|set(?:Timeout|Interval|Immediate)|queueMicrotask|async|await|Promise|parseFloat|globalThis)\b/g;
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;
// Written so that the patterns do not find themselves.
const LEFTOVER = /\b(?:[T]ODO|[F]IXME|[X]XX|[d]ebugger)\b|\.[o]nly\(|\.[s]kip\((?!.*\/\/ because )/g;
const REVEALING =
  /\/work\/|\/tmp\/wt|\/(?:home|Users)\/\w|https?:\/\/[\w.-]*(?:registry|artifactory|verdaccio|npmmirror)|\bregistry\.(?:npmjs|yarnpkg)\b/g;

/** What in the engine is not pure: it imports from itself and asks nothing of its surroundings. */
export function impurities({ path, text }: SourceFile): string[] {
  const foreign = importsOf({ path, text }).filter((target) => folderOf(target) !== "engine");
  return [
    ...foreign.map((target) => `${path} imports ${target}`),
    ...findings(path, withoutComments(text), IMPURE),
  ];
}

/** Imports that point outward: to a later layer, or to what surrounds the product. */
export function outwardImports(file: SourceFile): string[] {
  const layer = LAYERS.indexOf(folderOf(file.path) as (typeof LAYERS)[number]);
  if (layer === -1) return [];
  const outward: readonly string[] = [...LAYERS.slice(layer + 1), ...SURROUNDINGS];
  return importsOf(file)
    .filter((target) => outward.includes(folderOf(target)))
    .map((target) => `${file.path} imports ${target}`);
}

/** Imports from a room on the same floor or a higher one, and files in a room that is on none. */
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

/** Files that import one another, each circle as the paths along it. */
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

/** Folders with more files side by side than one finds one's way in. */
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

/** What the worker imports of the objects that it may not know. */
export function closedDoors(file: SourceFile): string[] {
  if (folderOf(file.path) !== "worker" || file.path === WORKER_ENTRY) return [];
  return importsOf(file)
    .filter((target) => folderOf(target) === "durable-objects" && !WORKER_MAY_IMPORT.test(target))
    .map((target) => `${file.path} imports ${target}`);
}

/** Notes to oneself, and tests that are left out; one that is must say why: `// because …`. */
export function leftovers({ path, text }: SourceFile): string[] {
  return findings(path, text, LEFTOVER);
}

/** Text that tells where the project was made rather than what it is. */
export function revelations({ path, text }: SourceFile): string[] {
  return findings(path, text, REVEALING);
}

/** Lint rules switched off for a place. */
export function suppressions({ path, text }: SourceFile): string[] {
  return findings(path, text, /[b]iome-ignore|@ts-(?:[i]gnore|[e]xpect-error|[n]ocheck)/g);
}

/**
 * The lines of a file, without its imports and without the lines that only name a member of a literal or a schema:
 * nothing is gained by putting several of these on one line.
 */
export function lineCount({ text }: SourceFile): number {
  const own = text.replace(/^import\s[^;]*;\n/gm, "").replace(/^ *["\w.]+(?:: ["\w.]+)?,\n/gm, "");
  return own.split("\n").length - (own.endsWith("\n") ? 1 : 0);
}

export function folderOf(path: string): string {
  return path.split("/")[0] ?? "";
}

/** Where a file imports from: paths from the root of the project, or names of packages. */
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

/** The code alone, each line where it was. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

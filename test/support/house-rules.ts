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

/** The lines of a file, its imports aside: how many those take says where the file's neighbours live. */
export function lineCount({ text }: SourceFile): number {
  const own = text.replace(/^import\s[^;]*;\n/gm, "");
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

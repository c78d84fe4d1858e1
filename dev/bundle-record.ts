import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** What decides about a bundle beside the files that are in it: its configuration, and the tools with their versions. */
const TOOL_FILES = [
  "wrangler.toml",
  "package.json",
  "package-lock.json",
  // What is installed, whatever the lockfile says.
  "node_modules/.package-lock.json",
  "tsconfig.json",
  "tsconfig.base.json",
  "dev/build.ts",
  "dev/bundle-record.ts",
];
/** Texts that the worker imports, which esbuild does not list: they are beside the bundle and not in it. */
const TEXT_FOLDER = "worker/docs-assets";
/** A file's time is as coarse as the system's clock ticks. */
const TICK_MS = 100;

const hashes = z.record(z.string(), z.string());
const bundleRecord = z.object({ environment: z.string(), inputs: hashes, outputs: hashes });
const esbuildReport = z.object({ inputs: z.record(z.string(), z.unknown()) });

/** What a bundle was made of, and what came out: hashes by path. */
export type BundleRecord = z.infer<typeof bundleRecord>;

/**
 * Records a bundle that was just made.
 * @param reportFile esbuild's own report on it, with the files that it read.
 * @param sinceMs when the build began, in milliseconds.
 * @returns undefined where a file has changed since: nobody knows which of its contents were read.
 */
export function recordBundle(
  root: string,
  folder: string,
  reportFile: string,
  sinceMs: number,
): BundleRecord | undefined {
  const { inputs: read } = esbuildReport.parse(JSON.parse(readFileSync(reportFile, "utf8")));
  const texts = readdirSync(join(root, TEXT_FOLDER)).map((name) => `${TEXT_FOLDER}/${name}`);
  const paths = [...TOOL_FILES, ...texts, ...Object.keys(read)];
  const hasChanged = paths.some((path) => {
    const { mtimeMs } = statSync(join(root, path), { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
    return mtimeMs > sinceMs - TICK_MS;
  });
  if (hasChanged) return undefined;
  return {
    environment: buildEnvironment(),
    inputs: hashesOf(root, paths),
    outputs: hashesOf(folder, readdirSync(folder)),
  };
}

/** Whether a bundle is there as it was recorded, and would be made of the same again. */
export function isCurrent(root: string, folder: string, recordFile: string): boolean {
  const record = readRecord(recordFile);
  if (record === undefined || record.environment !== buildEnvironment()) return false;
  return isUnchanged(root, record.inputs) && isUnchanged(folder, record.outputs);
}

/** What was recorded; undefined where nothing is, or not in this form. */
function readRecord(file: string): BundleRecord | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return bundleRecord.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    // Another version's, or cut short: the bundle is made again, and recorded anew.
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return undefined;
    throw cause;
  }
}

function isUnchanged(folder: string, recorded: Readonly<Record<string, string>>): boolean {
  return Object.entries(recorded).every(([path, hash]) => hashOf(join(folder, path)) === hash);
}

function hashesOf(folder: string, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, hashOf(join(folder, path))]));
}

/** The hash of a file's content; that there is none is recorded too. */
function hashOf(path: string): string {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("base64") : "none";
}

/** What of the process itself decides about a bundle. */
function buildEnvironment(): string {
  return [process.version, process.env.CLOUDFLARE_ENV ?? "", process.env.NODE_ENV ?? ""].join(" ");
}

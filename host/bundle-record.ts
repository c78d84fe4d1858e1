import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** What determines a bundle beside its sources: its configuration, and the tools with their versions. */
const TOOL_FILES = [
  "wrangler.toml",
  "package.json",
  "package-lock.json",
  // The installed packages, whatever the lockfile says.
  "node_modules/.package-lock.json",
  "tsconfig.json",
  "tsconfig.base.json",
  "host/build.ts",
  "host/bundle-record.ts",
];
/** Texts that the worker imports. esbuild does not list them: they are beside the bundle and not in it. */
const TEXT_FOLDER = "worker/docs-assets";
/** File times are as coarse as the ticks of the system's clock. */
const TICK_MS = 100;

const hashes = z.record(z.string(), z.string());
const bundleRecord = z.object({ environment: z.string(), inputs: hashes, outputs: hashes });
const esbuildReport = z.object({ inputs: z.record(z.string(), z.unknown()) });

/** The inputs and outputs of a bundle: hashes by path. */
export type BundleRecord = z.infer<typeof bundleRecord>;

/**
 * Records a bundle that was just made.
 * @param reportFile esbuild's report, which lists the files that it read.
 * @param sinceMs when the build began, in milliseconds.
 * @returns undefined if a file has changed since, because it is unknown which content was read.
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

/** Whether the bundle exists as it was recorded, and its inputs have not changed. */
export function isCurrent(root: string, folder: string, recordFile: string): boolean {
  const record = readRecord(recordFile);
  if (record === undefined || record.environment !== buildEnvironment()) return false;
  return isUnchanged(root, record.inputs) && isUnchanged(folder, record.outputs);
}

/** The record; undefined if there is none, or if it has another form. */
function readRecord(file: string): BundleRecord | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return bundleRecord.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    // The record is of another version, or cut short. The bundle is made and recorded again.
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

/** The hash of a file's content. Its absence is recorded too. */
function hashOf(path: string): string {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("base64") : "none";
}

/** The parts of the process's environment that determine a bundle. */
function buildEnvironment(): string {
  return [process.version, process.env.CLOUDFLARE_ENV ?? "", process.env.NODE_ENV ?? ""].join(" ");
}

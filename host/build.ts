import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { isCurrent, recordBundle } from "./bundle-record.ts";

export const ROOT = join(import.meta.dirname, "..");
export const BUNDLE_FOLDER = join(ROOT, "dist", "bundle");

const RECORD_FILE = join(ROOT, "dist", "bundle.json");
const wrangler = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin",
  "wrangler.js",
);

/**
 * Makes the bundle that `npm run deploy` would upload, in `dist/bundle`, unless the existing one was made
 * from the same sources with the same tools.
 * @param onBegin called if a bundle must be made.
 * @returns whether a bundle was made.
 * @throws with wrangler's output, if wrangler fails.
 */
export async function build(onBegin: () => void = () => {}): Promise<boolean> {
  if (isCurrent(ROOT, BUNDLE_FOLDER, RECORD_FILE)) return false;
  onBegin();
  mkdirSync(BUNDLE_FOLDER, { recursive: true });
  const fresh = mkdtempSync(join(ROOT, "dist", "fresh-"));
  try {
    const [made, report] = [join(fresh, "bundle"), join(fresh, "report.json")];
    const sinceMs = Date.now();
    await bundle(["--outdir", made, "--metafile", report]);
    const record = recordBundle(ROOT, made, report, sinceMs);
    rmSync(RECORD_FILE, { force: true });
    replaceBundle(made);
    if (record !== undefined) {
      const recordFile = join(fresh, "record.json");
      writeFileSync(recordFile, JSON.stringify(record));
      renameSync(recordFile, RECORD_FILE);
    }
    return true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Makes a bundle as `npm run deploy` would. @param options of wrangler's command, and another entry file.
 * @throws with wrangler's output, if wrangler fails.
 */
export async function bundle(options: readonly string[]): Promise<void> {
  const command = [wrangler, "deploy", "--dry-run", ...options];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };
  await promisify(execFile)(process.execPath, command, { cwd: ROOT, env });
}

/**
 * Replaces the files of the bundle one by one. A program that starts at any moment finds a complete bundle.
 */
function replaceBundle(made: string): void {
  // The entry comes last: it imports the other files, whose names contain hashes of their content.
  const names = readdirSync(made).sort((a, b) => Number(a === "index.js") - Number(b === "index.js"));
  for (const name of names) renameSync(join(made, name), join(BUNDLE_FOLDER, name));
  const stale = readdirSync(BUNDLE_FOLDER).filter((name) => !names.includes(name));
  for (const name of stale) rmSync(join(BUNDLE_FOLDER, name));
}

if (import.meta.main) console.log((await build()) ? "made a new bundle" : "the bundle is up to date");

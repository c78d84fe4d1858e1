import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export const ROOT = join(import.meta.dirname, "..");
export const BUNDLE_FOLDER = join(ROOT, "dist", "bundle");

const wrangler = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin",
  "wrangler.js",
);

/** Makes the bundle that `npm run deploy` would upload, in `dist/bundle`. */
export async function build(): Promise<void> {
  const command = [wrangler, "deploy", "--dry-run", "--outdir", BUNDLE_FOLDER];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };
  await promisify(execFile)(process.execPath, command, { cwd: ROOT, env });
}

if (import.meta.main) await build();

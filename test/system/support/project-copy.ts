import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../host/build.ts";

/** Copies the project's files to a folder, as `npm ci` leaves it, without other files of this checkout. */
export function copyProjectTo(folder: string): void {
  const options = { cwd: ROOT, encoding: "utf8" } as const;
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], options);
  // The files that `npm ci` makes are not listed.
  for (const path of [...listed.trim().split("\n"), "worker/docs-assets"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  // One link each, so that cached files beside them stay in the copy.
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".") || name === ".bin")
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
}

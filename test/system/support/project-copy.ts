import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../dev/build.ts";

/** Puts all that is the project's into a folder, as `npm ci` leaves it, and nothing that this checkout has beside. */
export function copyProjectTo(folder: string): void {
  const options = { cwd: ROOT, encoding: "utf8" } as const;
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], options);
  // What `npm ci` makes is not listed.
  for (const path of [...listed.trim().split("\n"), "worker/docs-assets"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  // One link each, so that what is cached beside them stays in the copy.
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".") || name === ".bin")
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
}

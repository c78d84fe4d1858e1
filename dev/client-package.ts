import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const CLIENT = join(ROOT, "client");
const DIST = join(CLIENT, "dist");
const RELATIVE_IMPORT = /((?:from\s*|import\()")(\.[^"]+)\.ts"/g;

/**
 * Makes the content of the client's package: JavaScript and types in `client/dist`, and the licence. `npm
 * pack` runs this.
 */
function main(): void {
  rmSync(DIST, { recursive: true, force: true });
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", join(ROOT, "tsconfig.client.json")], { stdio: "inherit" });
  const needed = reachedFrom(join(DIST, "client", "index.js"));
  // Files that are imported only for their types are removed.
  for (const file of globSync(join(DIST, "**", "*.js"))) if (!needed.has(file)) rmSync(file);
  for (const file of globSync(join(DIST, "**", "*.d.ts"))) nameAsShipped(file);
  copyFileSync(join(ROOT, "LICENSE"), join(CLIENT, "LICENSE"));
}

/** The files that a program imports, including itself. */
function reachedFrom(entry: string): ReadonlySet<string> {
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/from\s*"(\.[^"]+)"/g))
      reached.add(join(dirname(file), path));
  }
  return reached;
}

/**
 * Replaces the names of sources in type declarations with the names of the shipped files, as the compiler
 * does not.
 */
function nameAsShipped(file: string): void {
  const text = readFileSync(file, "utf8");
  const named = text.replaceAll(RELATIVE_IMPORT, '$1$2.js"');
  for (const [, path = ""] of named.matchAll(/(?:from\s*|import\()"(\.[^"]+)\.js"/g)) {
    if (!existsSync(join(dirname(file), `${path}.d.ts`)))
      throw new Error(`${file}: there is no file ${path}`);
  }
  writeFileSync(file, named);
}

main();

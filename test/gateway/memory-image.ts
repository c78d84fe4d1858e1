import { existsSync, mkdirSync, openAsBlob, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { ROOT } from "../../host/build.ts";

const CACHE_FOLDER = join(ROOT, "node_modules", ".cache", "edgebook");
const PREFIX = "memory-";
const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
const { version } = JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8"));
const FILE = join(CACHE_FOLDER, `${PREFIX}${version}.tar`);

/**
 * An empty embedded database for tests. Making one takes six seconds of CPU time, loading one less than one.
 * It is made once and kept with the packages.
 */
export async function memoryImage(): Promise<Blob> {
  await keepMemoryImage();
  return openAsBlob(FILE);
}

/**
 * Makes the kept copy, if there is none. This runs before all tests, so that two files do not make it at
 * once.
 */
export async function keepMemoryImage(): Promise<void> {
  if (existsSync(FILE)) return;
  mkdirSync(CACHE_FOLDER, { recursive: true });
  const database = await PGlite.create();
  const image = await database.dumpDataDir("none");
  await database.close();
  const fresh = join(CACHE_FOLDER, `fresh-${process.pid}.tar`);
  await writeFile(fresh, image.stream());
  for (const name of readdirSync(CACHE_FOLDER)) if (name.startsWith(PREFIX)) rmSync(join(CACHE_FOLDER, name));
  renameSync(fresh, FILE);
}

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { startEmbeddedPostgres } from "../../dev/gateway/embedded/server.ts";
import { messageOf } from "../../dev/gateway/http.ts";
import { ROOT } from "../build.ts";
import { makePrivateFolder } from "../tools/private-files.ts";
import { MIGRATIONS_FOLDER, migrate } from "./migrate.ts";

const CACHE_FOLDER = join(ROOT, "node_modules", ".cache", "edgebook");
const PREFIX = "postgres-";

/**
 * Puts an embedded database with the migrations and nothing else into an empty folder. It is a copy of one
 * that is made once and kept with the packages, which takes a fraction of the time. If none can be kept, the
 * folder stays empty, and the log has the reason.
 */
export async function fillWithEmpty(
  folder: string,
  log: (line: string) => void,
  cacheFolder = CACHE_FOLDER,
): Promise<void> {
  const fresh = `${folder}.new`;
  try {
    const kept = join(cacheFolder, PREFIX + versionOfEmpty());
    // In a separate process, since this takes seconds of CPU time.
    if (!existsSync(kept)) await promisify(execFile)(process.execPath, [import.meta.filename, kept]);
    rmSync(fresh, { recursive: true, force: true });
    makePrivateFolder(fresh);
    cpSync(kept, fresh, { recursive: true });
    // A rename is atomic, even if this process ends here.
    renameSync(fresh, folder);
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    log(`No empty database is kept for the next new data folder: ${messageOf(cause)}`);
  }
}

/** Removes the kept copy, so that it is made again. */
export function forgetEmpty(cacheFolder = CACHE_FOLDER): void {
  for (const name of existsSync(cacheFolder) ? readdirSync(cacheFolder) : [])
    if (name.startsWith(PREFIX)) rmSync(join(cacheFolder, name), { recursive: true });
}

/** Makes the copy to be kept. */
async function keepEmpty(kept: string): Promise<void> {
  const cacheFolder = dirname(kept);
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(join(cacheFolder, "fresh-"));
  try {
    const dataFolder = join(folder, "data");
    const embedded = await startEmbeddedPostgres({ dataFolder });
    try {
      await migrate(embedded.url);
    } finally {
      await embedded.close();
    }
    forgetEmpty(cacheFolder);
    renameSync(dataFolder, kept);
  } catch (cause) {
    // Another process may have been faster.
    if (!existsSync(kept)) throw cause;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Another version of the embedded Postgres may not read the copy, and other migrations make other tables. */
function versionOfEmpty(): string {
  const hash = createHash("sha256");
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  hash.update(JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8")).version);
  for (const name of readdirSync(MIGRATIONS_FOLDER).sort())
    hash.update(`\n${name}\n`).update(readFileSync(join(MIGRATIONS_FOLDER, name)));
  return hash.digest("hex").slice(0, 16);
}

if (import.meta.main) await keepEmpty(process.argv[2] ?? "");

import { existsSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { messageOf } from "../http.ts";
import { isPageSound, PAGE_BYTES } from "./page-checksum.ts";

/** The files of a database differ from what Postgres wrote. */
export class DamagedDatabase extends Error {
  override readonly name = "DamagedDatabase";
}

/** Errors of the machine and not of the files: new files would fail in the same way. */
const OF_THE_MACHINE = ["ENOSPC", "EACCES", "EPERM", "EROFS", "EMFILE", "ENFILE", "ENOMEM", "EDQUOT"];
/** The number of pages in one file of a relation. */
const SEGMENT_PAGES = 131_072;
const PAGES_AT_ONCE = 128;

/**
 * Opens the database of a folder, which is created if the folder is empty, and checks all of it: every table
 * and index must have its file, and every page its checksum.
 * @throws DamagedDatabase if a check fails, or if Postgres does not start.
 */
export async function openSound(dataFolder: string): Promise<PGlite> {
  const isNew = (await readdir(dataFolder)).length === 0;
  // Postgres would create a new database among the existing files.
  if (!isNew && !existsSync(join(dataFolder, "PG_VERSION")))
    throw new DamagedDatabase("PG_VERSION is missing");
  const database = await start(dataFolder);
  if (isNew) return database;
  try {
    await expectSound(database, dataFolder);
    return database;
  } catch (cause) {
    await database.close().catch(() => {}); // a damaged database may fail to close
    throw cause instanceof DamagedDatabase ? cause : new DamagedDatabase(messageOf(cause), { cause });
  }
}

async function start(dataFolder: string): Promise<PGlite> {
  const [{ PGlite }, { DurableFolder, FOLDER_PARAMETERS }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("./durable-folder.ts"),
  ]);
  try {
    return await PGlite.create({ fs: new DurableFolder(dataFolder), startParams: FOLDER_PARAMETERS });
  } catch (cause) {
    if (OF_THE_MACHINE.includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
    throw new DamagedDatabase(`Postgres does not start: ${messageOf(cause)}`, { cause });
  }
}

async function expectSound(database: PGlite, dataFolder: string): Promise<void> {
  // Writes what the journal of the last run has to the files.
  await database.exec("CHECKPOINT");
  const checked = await database.query<{ is_on: boolean }>(
    "SELECT current_setting('data_checksums') = 'on' AS is_on",
  );
  const hasChecksums = checked.rows[0]?.is_on === true;
  const { rows } = await database.query<{ name: string; path: string }>(
    `SELECT oid::regclass::text AS name, pg_relation_filepath(oid) AS path FROM pg_class
     WHERE relkind IN ('r', 'i', 't', 'm', 'S') AND pg_relation_filepath(oid) IS NOT NULL`,
  );
  // One for all files: most of them have few pages, and there are hundreds of them.
  const buffer = Buffer.allocUnsafe(PAGES_AT_ONCE * PAGE_BYTES);
  for (const { name, path } of rows) {
    if (!existsSync(join(dataFolder, path))) throw new DamagedDatabase(`${name} lacks its file ${path}`);
    for (let segment = 0; ; segment++) {
      const file = join(dataFolder, segment === 0 ? path : `${path}.${segment}`);
      if (!existsSync(file) || !hasChecksums) break;
      await expectSoundPages(file, segment * SEGMENT_PAGES, name, buffer);
    }
  }
}

/** @param buffer what the pages are read into. */
async function expectSoundPages(
  path: string,
  firstPage: number,
  name: string,
  buffer: Buffer,
): Promise<void> {
  const file = await open(path);
  try {
    for (let page = firstPage; ; page += PAGES_AT_ONCE) {
      const { bytesRead } = await file.read(buffer);
      if (bytesRead % PAGE_BYTES !== 0) throw new DamagedDatabase(`${name} ends within a page`);
      for (let at = 0; at < bytesRead; at += PAGE_BYTES) {
        const number = page + at / PAGE_BYTES;
        const bytes = buffer.subarray(at, at + PAGE_BYTES);
        if (!isPageSound(bytes, number))
          throw new DamagedDatabase(`page ${number} of ${name} has a wrong checksum`);
      }
      if (bytesRead < buffer.length) return;
    }
  } finally {
    await file.close();
  }
}

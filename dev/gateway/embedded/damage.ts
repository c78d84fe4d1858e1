import { existsSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { messageOf } from "../http.ts";
import { isPageSound, PAGE_BYTES } from "./page-checksum.ts";

/** The files of a database are not what Postgres wrote. */
export class DamagedDatabase extends Error {
  override readonly name = "DamagedDatabase";
}

/** Of the machine and not of the files: opening fails alike on new ones. */
const OF_THE_MACHINE = ["ENOSPC", "EACCES", "EPERM", "EROFS", "EMFILE", "ENFILE", "ENOMEM", "EDQUOT"];
/** Pages of a relation that lie in one file. */
const SEGMENT_PAGES = 131_072;
const PAGES_AT_ONCE = 128;

/**
 * Opens the database of a folder, made where the folder is empty, and looks at all of it: whether every table and
 * index has its file, and every page its checksum.
 * @throws DamagedDatabase where that is not so, or Postgres does not start on it.
 */
export async function openSound(dataFolder: string): Promise<PGlite> {
  const isNew = (await readdir(dataFolder)).length === 0;
  // Postgres would begin anew in the midst of what is there.
  if (!isNew && !existsSync(join(dataFolder, "PG_VERSION")))
    throw new DamagedDatabase("PG_VERSION is missing");
  const database = await start(dataFolder);
  if (isNew) return database;
  try {
    await expectSound(database, dataFolder);
    return database;
  } catch (cause) {
    await database.close().catch(() => {}); // damaged, it may not end in order either
    throw cause instanceof DamagedDatabase ? cause : new DamagedDatabase(messageOf(cause), { cause });
  }
}

async function start(dataFolder: string): Promise<PGlite> {
  try {
    return await PGlite.create({ dataDir: dataFolder });
  } catch (cause) {
    if (OF_THE_MACHINE.includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
    throw new DamagedDatabase(`Postgres does not start on it: ${messageOf(cause)}`, { cause });
  }
}

async function expectSound(database: PGlite, dataFolder: string): Promise<void> {
  // What the journal of the last run has for the files is in them then.
  await database.exec("CHECKPOINT");
  const checked = await database.query<{ is_on: boolean }>(
    "SELECT current_setting('data_checksums') = 'on' AS is_on",
  );
  const hasChecksums = checked.rows[0]?.is_on === true;
  const { rows } = await database.query<{ name: string; path: string }>(
    `SELECT oid::regclass::text AS name, pg_relation_filepath(oid) AS path FROM pg_class
     WHERE relkind IN ('r', 'i', 't', 'm', 'S') AND pg_relation_filepath(oid) IS NOT NULL`,
  );
  for (const { name, path } of rows) {
    if (!existsSync(join(dataFolder, path))) throw new DamagedDatabase(`${name} has lost its file ${path}`);
    for (let segment = 0; ; segment++) {
      const file = join(dataFolder, segment === 0 ? path : `${path}.${segment}`);
      if (!existsSync(file) || !hasChecksums) break;
      await expectSoundPages(file, segment * SEGMENT_PAGES, name);
    }
  }
}

async function expectSoundPages(path: string, firstPage: number, name: string): Promise<void> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(PAGES_AT_ONCE * PAGE_BYTES);
    for (let page = firstPage; ; page += PAGES_AT_ONCE) {
      const { bytesRead } = await file.read(buffer);
      if (bytesRead % PAGE_BYTES !== 0) throw new DamagedDatabase(`${name} ends within a page`);
      for (let at = 0; at < bytesRead; at += PAGE_BYTES) {
        const number = page + at / PAGE_BYTES;
        const bytes = buffer.subarray(at, at + PAGE_BYTES);
        if (!isPageSound(bytes, number)) throw new DamagedDatabase(`page ${number} of ${name} is not sound`);
      }
      if (bytesRead < buffer.length) return;
    }
  } finally {
    await file.close();
  }
}

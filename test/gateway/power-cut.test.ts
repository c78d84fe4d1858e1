import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { DamagedDatabase } from "../../dev/gateway/embedded/damage.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../dev/gateway/embedded/server.ts";
import { fillWithEmpty } from "../../host/history/empty-database.ts";
import { Random } from "../support/random.ts";
import { withClient } from "./services.ts";

const SEED = Number(process.env.POWER_CUT_SEED ?? Date.now() % 1_000_000);
/** What a disk writes at once. A page of Postgres has two of them. */
const BLOCK_BYTES = 4_096;
const ROWS = 60;

/** The inodes of the files that were written through to the disk. */
const synced = new Set<number>();
vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs")>();
  const fsyncSync = (file: number) => {
    synced.add(original.fstatSync(file).ino);
    original.fsyncSync(file);
  };
  return { ...original, fsyncSync };
});

const folder = fs.mkdtempSync(join(tmpdir(), "edgebook-power-"));
const [live, before, after, log] = ["live", "before", "after", "log"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
  string,
];
const inode = (path: string) => fs.statSync(join(live, path)).ino;
const copy = (from: string, to: string) => fs.cpSync(from, to, { recursive: true });

function start(dataFolder: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataFolder,
    fill: (empty) => fillWithEmpty(empty, () => {}),
    care: { lookMilliseconds: 3_600_000 },
  });
}

/**
 * Writes rows one by one, each with a mark in another table, as a flush and its watermark. Keeps the files as
 * they are at a checkpoint, the log as it is when the last row is committed, and the files after the next
 * checkpoint, which has written every page.
 */
beforeAll(async () => {
  const embedded = await start(live);
  await withClient(embedded.url, async (client) => {
    await client.query("CREATE TABLE shipped (id int PRIMARY KEY, text text)");
    await client.query("CREATE TABLE mark (id int PRIMARY KEY, last int)");
    await client.query("INSERT INTO mark VALUES (1, 0)");
    await client.query("CHECKPOINT");
    copy(live, before);
    for (let id = 1; id <= ROWS; id++) {
      synced.clear();
      await client.query(
        `WITH row AS (INSERT INTO shipped VALUES (${id}, repeat('x', 400))) UPDATE mark SET last = ${id}`,
      );
      const { rows } = await client.query("SELECT pg_walfile_name(pg_current_wal_lsn()) AS name");
      if (!synced.has(inode(`pg_wal/${rows[0].name}`))) throw new Error(`row ${id} is not on the disk`);
    }
    copy(join(live, "pg_wal"), log);
    synced.clear();
    await client.query("CHECKPOINT");
    const { rows } = await client.query("SELECT pg_relation_filepath('shipped') AS path");
    for (const path of [rows[0].path, "global/pg_control"])
      if (!synced.has(inode(path))) throw new Error(`${path} is not on the disk after a checkpoint`);
    copy(live, after);
  });
  await embedded.close();
}, 90_000);
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** The number of the last row, which the mark must agree with, and no row before it may be missing. */
async function lastRow(dataFolder: string): Promise<number> {
  const embedded = await start(dataFolder);
  try {
    return await withClient(embedded.url, async (client) => {
      const { rows } = await client.query(
        "SELECT count(*)::int AS n, coalesce(max(id), 0) AS max, (SELECT last FROM mark) AS last FROM shipped",
      );
      expect(rows).toEqual([{ n: rows[0].last, max: rows[0].last, last: rows[0].last }]);
      return rows[0].last;
    });
  } finally {
    await embedded.close();
  }
}

/** Puts some blocks of the next checkpoint into the files of the one before, as if it had been cut off. */
function mixBlocks(dataFolder: string, random: Random): number {
  let blocks = 0;
  for (const entry of fs.readdirSync(after, { recursive: true, withFileTypes: true })) {
    const path = relative(after, join(entry.parentPath, entry.name));
    if (!entry.isFile() || !/^(?:base|global|pg_xact)\/(?:.*\/)?[\dA-F]+(?:_\w+)?$/.test(path)) continue;
    if (!fs.existsSync(join(dataFolder, path))) continue;
    const fresh = fs.readFileSync(join(after, path));
    const file = fs.openSync(join(dataFolder, path), "r+");
    for (let at = 0; at < fresh.length; at += BLOCK_BYTES) {
      if (random.below(2) === 0) continue;
      blocks++;
      fs.writeSync(file, fresh, at, Math.min(BLOCK_BYTES, fresh.length - at), at);
    }
    fs.closeSync(file);
  }
  return blocks;
}

function restore(name: string): string {
  const dataFolder = join(folder, name);
  copy(before, dataFolder);
  fs.rmSync(join(dataFolder, "pg_wal"), { recursive: true });
  copy(log, join(dataFolder, "pg_wal"));
  return dataFolder;
}

describe(`the embedded database after a power cut, seed ${SEED}`, { timeout: 60_000 }, () => {
  test("has every committed row where a checkpoint was cut off in the middle", async () => {
    const dataFolder = restore("mixed");
    expect(mixBlocks(dataFolder, new Random(SEED))).toBeGreaterThan(50);
    expect(await lastRow(dataFolder)).toBe(ROWS);
  });

  test("has a mark that agrees with its rows, or is damaged, where the log is cut short", async () => {
    const dataFolder = restore("cut");
    const segment =
      fs
        .readdirSync(join(dataFolder, "pg_wal"))
        .filter((name) => /^[\dA-F]{24}$/.test(name))
        .sort()[0] ?? "";
    const random = new Random(SEED + 1);
    const path = join(dataFolder, "pg_wal", segment);
    const used = fs.readFileSync(path).findLastIndex((byte) => byte !== 0);
    fs.truncateSync(path, random.below(used));
    const last = await lastRow(dataFolder).catch((cause) => {
      expect(cause).toBeInstanceOf(DamagedDatabase);
      return -1;
    });
    expect(last).toBeLessThan(ROWS);
  });
});

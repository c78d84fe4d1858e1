import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../dev/gateway/embedded/server.ts";
import { fillWithEmpty, forgetEmpty } from "../../host/history/empty-database.ts";
import { withClient } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "edgebook-empty-"));
const cacheFolder = join(folder, "cache");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines: string[] = [];
const fill = (dataFolder: string) => fillWithEmpty(dataFolder, (line) => lines.push(line), cacheFolder);

/** Opens a new data folder. @returns the number of the migrations' tables, and of their rows. */
async function open(name: string) {
  const dataFolder = join(folder, name);
  const embedded = await startEmbeddedPostgres({ dataFolder, fill });
  try {
    return await withClient(embedded.url, async (client) => {
      const { rows } = await client.query("SELECT count(*)::int AS n FROM migrations");
      await client.query("INSERT INTO watermarks (instrument, epoch, last_sequence) VALUES ($1, 1, 1)", [
        "OF-ONE-DATABASE",
      ]);
      const { rows: held } = await client.query("SELECT instrument FROM watermarks");
      return { migrations: rows[0].n, held: held.length };
    });
  } finally {
    await embedded.close();
  }
}

// A database is made from scratch three times, which takes seconds on an idle machine.
describe("a new data folder", { timeout: 180_000 }, () => {
  test("is a copy of an empty database that is made once, and each has its own rows", async () => {
    const migrations = readdirSync(join(import.meta.dirname, "..", "..", "migrations")).length;
    expect(await open("first")).toEqual({ migrations, held: 1 });
    const [kept = ""] = readdirSync(cacheFolder);
    const { ino } = statSync(join(cacheFolder, kept));
    expect(await open("second")).toEqual({ migrations, held: 1 });
    expect(statSync(join(cacheFolder, kept)).ino).toBe(ino);
    expect(readdirSync(cacheFolder)).toEqual([kept]);
    for (const name of ["first", "second"]) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);
    expect(lines).toEqual([]);
  });

  test("is whole although an earlier process ended while it copied", async () => {
    mkdirSync(join(folder, "third.new"));
    writeFileSync(join(folder, "third.new", "half"), "");
    expect((await open("third")).held).toBe(1);
    expect(existsSync(join(folder, "third", "half"))).toBe(false);
    expect(existsSync(join(folder, "third.new"))).toBe(false);
  });

  test("is not opened if the kept copy is damaged, which is then made again", async () => {
    const [kept = ""] = readdirSync(cacheFolder);
    const base = join(cacheFolder, kept, "base");
    for (const database of readdirSync(base)) {
      const file = openSync(join(base, database, "1259"), "r+");
      writeSync(file, Buffer.alloc(64, 0xa5), 0, 64, 4_000);
      closeSync(file);
    }
    await expect(open("fourth")).rejects.toThrow(expect.objectContaining({ name: "DamagedDatabase" }));
    forgetEmpty(cacheFolder);
    expect((await open("fifth")).held).toBe(1);
  });

  test("is made from scratch if no copy can be kept, and the log has the reason", async () => {
    rmSync(cacheFolder, { recursive: true });
    writeFileSync(cacheFolder, "a file in the folder's place");
    const embedded = await startEmbeddedPostgres({ dataFolder: join(folder, "sixth"), fill });
    const { rows } = await withClient(embedded.url, (client) => client.query("SELECT 1 AS one"));
    expect(rows).toEqual([{ one: 1 }]);
    await embedded.close();
    expect(lines).toEqual([expect.stringMatching(/^No empty database is kept .*(ENOTDIR|EEXIST)/s)]);
  });
});

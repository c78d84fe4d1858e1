import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase, databaseKinds, type TestDatabase, title, withClient } from "../gateway/services.ts";
import { Scene } from "./scene.ts";

/** The commands of OPERATIONS.md for a backup and a restore, block by block. */
const [DUMP = "", RESTORE = "", ...OTHERS] = Array.from(
  readFileSync("docs/OPERATIONS.md", "utf8")
    .split(/^## /m)
    .find((section) => section.startsWith("Backup and restore\n"))
    ?.matchAll(/```sh\n([\s\S]*?)```/g) ?? [],
  ([, commands]) => commands,
);

async function toolsReason(): Promise<string | null> {
  try {
    for (const tool of ["pg_dump", "pg_restore"]) await promisify(execFile)(tool, ["--version"]);
    return null;
  } catch (cause) {
    if (process.env.REQUIRE_SERVICES === "1") throw cause;
    return "no pg_dump and pg_restore";
  }
}

const [postgres] = await databaseKinds();
const reason = postgres?.reason ?? (await toolsReason());

describe.skipIf(reason !== null)(title("a dump of a real Postgres", reason), () => {
  const folder = mkdtempSync(join(tmpdir(), "edgebook-restore-"));
  const dump = join(folder, "edgebook.dump");
  let scene: Scene;
  let first: TestDatabase;
  let restored: TestDatabase;

  beforeAll(async () => {
    scene = await Scene.open("postgres");
    first = scene.database;
    restored = await createDatabase("postgres");
  });
  afterAll(async () => {
    await scene?.close();
    for (const database of [first, restored]) await database?.drop();
    rmSync(folder, { recursive: true });
  });

  async function run(commands: string, RESTORED_URL = restored.url): Promise<void> {
    const env = { ...process.env, DATABASE_URL: scene.database.url, RESTORED_URL };
    const text = commands.replaceAll("edgebook.dump", dump);
    await promisify(execFile)("bash", ["-euo", "pipefail", "-c", text], { env });
  }

  /** Everything that describes the tables of a database, and its applied migrations. */
  const described = (database: TestDatabase) =>
    withClient(database.url, async (client) => {
      const { rows: columns } = await client.query(
        `SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns
         WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`,
      );
      const { rows: indexes } = await client.query(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname",
      );
      const { rows: constraints } = await client.query(
        `SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(oid) AS definition
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
      );
      const { rows: functions } = await client.query(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname",
      );
      const { rows: migrations } = await client.query("SELECT name FROM migrations ORDER BY name");
      // After a dump, Postgres prints the same condition with fewer parentheses.
      const plain = constraints.map((each) => ({
        ...each,
        definition: each.definition.replaceAll(/[()\s]/g, ""),
      }));
      return { columns, indexes, constraints: plain, functions, migrations };
    });

  test("the commands of the documentation are two blocks", () => {
    expect(DUMP).toContain("pg_dump");
    expect(RESTORE).toContain("pg_restore");
    expect(OTHERS).toEqual([]);
  });

  test("made while the venue trades, has the tables and everything shipped before", async () => {
    await scene.trade(8);
    await scene.drained();
    const before = await scene.held();
    const trading = scene.trade(3);
    await run(DUMP);
    await trading;
    await run(RESTORE);
    expect(await described(restored)).toEqual(await described(scene.database));
    const { rows } = await withClient(restored.url, (client) =>
      client.query(
        "SELECT count(*)::int AS orders, (SELECT count(*)::int FROM trades) AS trades FROM orders",
      ),
    );
    expect(rows[0].orders).toBeGreaterThanOrEqual(before.orders.length);
    expect(rows[0].trades).toBeGreaterThanOrEqual(before.trades.length);
  });

  test("is completed by the venue that uses it, and equals its journal row by row", async () => {
    await scene.trade(4);
    const { lastSequence } = await scene.drained().then(() => scene.held());
    await scene.stopVenue();
    await scene.stopGateway();
    scene.database = restored;
    expect((await scene.held()).lastSequence, "the dump is older").toBeLessThan(lastSequence);
    await scene.startGateway();
    await scene.startVenue();
    await scene.trade(2);
    await scene.until(
      "at the end",
      ({ last_sequence, lag_events }) => last_sequence > lastSequence && lag_events === 0,
    );
    await scene.expectEqual();
  });

  test("is restored as a whole or not at all", async () => {
    const other = await createDatabase("postgres");
    try {
      await withClient(other.url, (client) => client.query("CREATE TABLE trades (of_another_kind int)"));
      await expect(run(RESTORE, other.url)).rejects.toThrow("already exists");
      const { rows } = await withClient(other.url, (client) =>
        client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"),
      );
      expect(rows).toEqual([{ tablename: "trades" }]);
      expect(existsSync(dump)).toBe(true);
    } finally {
      await other.drop();
    }
  });
});

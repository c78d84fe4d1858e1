import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type { CareStep } from "../../dev/gateway/embedded/caretaker.ts";
import { startEmbeddedPostgres } from "../../dev/gateway/embedded/server.ts";
import { fillWithEmpty } from "../../host/history/empty-database.ts";
import { withClient } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "edgebook-care-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const MEGABYTE = 1024 * 1024;

test("the embedded database removes its old log and its dead rows while it is written to", {
  timeout: 60_000,
}, async () => {
  const dataFolder = join(folder, "data");
  const steps: CareStep[] = [];
  const embedded = await startEmbeddedPostgres({
    dataFolder,
    fill: (empty) => fillWithEmpty(empty, () => {}),
    care: {
      limits: { walBytesMax: 4 * MEGABYTE, checkpointMsMax: 3_600_000, rowsMin: 1_000, partOfLiveRows: 0.1 },
      lookMilliseconds: 20,
      onStep: (step) => steps.push(step),
    },
  });
  try {
    await withClient(embedded.url, async (client) => {
      const read = async (what: string) => (await client.query(`SELECT (${what})::float8 AS n`)).rows[0].n;
      await client.query(
        "CREATE TABLE written AS SELECT id, 0 AS n, repeat('x', 500) AS text FROM generate_series(1, 5000) id",
      );
      for (let round = 1; round <= 10; round++) {
        await client.query("UPDATE written SET n = $1 WHERE id <= 1000", [round]);
        await client.query("SELECT pg_switch_wal()");
      }
      await vi.waitFor(async () => {
        const names = readdirSync(join(dataFolder, "pg_wal"));
        // Without checkpoints, there would be one for each round.
        expect(names.filter((name) => /^[0-9A-F]{24}$/.test(name)).length).toBeLessThanOrEqual(4);
        expect(
          await read("SELECT pg_current_wal_lsn() - redo_lsn FROM pg_control_checkpoint()"),
        ).toBeLessThan(4 * MEGABYTE);
        expect(await read("pg_stat_get_dead_tuples('written'::regclass)")).toBeLessThan(1_500);
      }, 10_000);
      expect(await read("SELECT reltuples FROM pg_class WHERE oid = 'written'::regclass")).toBe(5_000);
    });
  } finally {
    await embedded.close();
  }
  expect(steps.map(({ statement }) => statement)).toEqual(
    expect.arrayContaining(["CHECKPOINT", "VACUUM written", "ANALYZE written"]),
  );
});

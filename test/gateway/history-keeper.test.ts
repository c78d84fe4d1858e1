import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import type { EmbeddedHistory } from "../../host/history/embedded-history.ts";
import { beginHistory } from "../../host/history/history-keeper.ts";
import { lockFolder } from "../../host/tools/folder-lock.ts";
import { withClient } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "edgebook-keeper-"));
const WAIT = { timeout: 60_000, interval: 50 };
let history: EmbeddedHistory | undefined;
let lines: string[] = [];
afterEach(async () => {
  await history?.close();
  history = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function begin(name: string): Promise<EmbeddedHistory> {
  lines = [];
  history = await beginHistory(join(folder, name), (line) => lines.push(line));
  return history;
}

const pidOf = (name: string) => Number(readFileSync(join(folder, `${name}.pid`), "utf8"));
const kill = (name: string) => process.kill(pidOf(name), "SIGKILL");

/** Asks the gateway, as the worker does. */
function ask({ url, databaseUrl }: EmbeddedHistory, statement = "SELECT count(*)::int AS n FROM watermarks") {
  neonConfig.fetchEndpoint = `${url}/sql`;
  return neon(databaseUrl).query(statement);
}

describe("the process of history", { timeout: 120_000 }, () => {
  test("is started again at the same addresses when it is killed, also while it opens", async () => {
    const begun = await begin("killed");
    expect(begun.isNew).toBe(true);
    const opening = begun.open();
    kill("killed");
    await opening;
    expect(lines).toEqual([expect.stringMatching(/^The process of history ended \(SIGKILL\)/)]);
    expect(await ask(begun)).toEqual([{ n: 0 }]);
    kill("killed");
    await vi.waitFor(() => expect(lines.slice(1)).toContain("History is open again."), WAIT);
    expect(await ask(begun)).toEqual([{ n: 0 }]);
  });

  test("is started again when the database crashes", async () => {
    const begun = await begin("crashed");
    await begun.open();
    // Postgres ends where it cannot write its own log, as on a full disk.
    const log = join(folder, "crashed", "pg_wal");
    renameSync(log, `${log}.away`);
    await ask(begun, "SELECT pg_switch_wal()");
    await expect(ask(begun, "CREATE TABLE of_the_next_segment ()")).rejects.toThrow();
    renameSync(`${log}.away`, log);
    await vi.waitFor(() => expect(lines).toContain("History is open again."), WAIT);
    const ended = lines.filter((line) => line.startsWith("The process of history ended ("));
    expect(ended).toEqual([expect.stringContaining("could not create file")]);
    expect(lines.join("\n")).not.toContain("damaged");
    expect(await ask(begun)).toEqual([{ n: 0 }]);
  });

  test("reports why history does not open, and is not started again", async () => {
    const first = await begin("foreign");
    await first.open();
    await withClient(first.databaseUrl, (client) =>
      client.query("INSERT INTO migrations (name, run_on) VALUES ('0000_of_another_program', '2020-01-01')"),
    );
    await first.close();
    const second = await begin("foreign");
    expect(second.isNew).toBe(false);
    await expect(second.open()).rejects.toThrow("0000_of_another_program");
    await second.close();
    expect(lines).toEqual([]);
  });

  test("waits for a folder that another process is about to release", async () => {
    const lock = await lockFolder(join(folder, "awaited"), "it");
    setTimeout(lock.release, 1_000);
    const begun = await begin("awaited");
    expect(pidOf("awaited")).not.toBe(process.pid);
    // It is closed before it was open.
    const opening = expect(begun.open()).rejects.toThrow("history was closed before it was open");
    await begun.close();
    await opening;
  });
});

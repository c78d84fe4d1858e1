import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, afterEach, expect, test } from "vitest";
import { beginGateway, type WaitingGateway } from "../../dev/gateway/gateway.ts";
import { memoryImage } from "./memory-image.ts";
import { withClient } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "edgebook-late-"));
let gateway: WaitingGateway | undefined;
afterEach(() => gateway?.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask({ url, databaseUrl }: WaitingGateway) {
  neonConfig.fetchEndpoint = `${url}/sql`;
  const answer = neon(databaseUrl)`SELECT count(*)::int AS n FROM prepared`;
  // Each test looks at it later.
  answer.catch(() => {});
  return answer;
}

test("a statement waits until the database is open and prepared", { timeout: 120_000 }, async () => {
  gateway = await beginGateway({ postgres: { embedded: { image: await memoryImage() } } });
  expect(gateway.isNew).toBe(true);
  const answer = ask(gateway);
  await gateway.open(async (databaseUrl) => {
    await withClient(databaseUrl, (client) => client.query("CREATE TABLE prepared AS SELECT 7 AS id"));
    // Enough time for the statement to arrive too early, if it could.
    expect(await Promise.race([answer, sleep(200, "waits")])).toBe("waits");
  });
  expect(await answer).toEqual([{ n: 1 }]);
});

test("waiting requests fail if the database does not open", async () => {
  const dataFolder = join(folder, "no-database");
  mkdirSync(dataFolder);
  writeFileSync(join(dataFolder, "left"), "of a database");
  gateway = await beginGateway({ postgres: { embedded: { dataFolder } } });
  expect(gateway.isNew).toBe(false);
  const answer = ask(gateway);
  await expect(gateway.open()).rejects.toThrow("PG_VERSION is missing");
  await expect(answer).rejects.toThrow("PG_VERSION is missing");
});

test("it ends while a request waits, and releases the folder", async () => {
  const dataFolder = join(folder, "never-opened");
  gateway = await beginGateway({ postgres: { embedded: { dataFolder } } });
  const answer = ask(gateway);
  await gateway.close();
  await expect(answer).rejects.toThrow();
  gateway = await beginGateway({ postgres: { embedded: { dataFolder } } });
  expect(gateway.isNew).toBe(true);
});

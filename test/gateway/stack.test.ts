import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon, neonConfig } from "@neondatabase/serverless";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparePostgres } from "../../dev/stack/postgres-server.ts";
import { type Stack, startStack } from "../../dev/stack.ts";
import { freePort } from "../support/free-port.ts";
import { stackReason, title } from "./services.ts";

const reason = stackReason();

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "edgebook-stack-"));
  await chmod(folder, 0o755); // the user of Postgres must be able to enter it
  return folder;
}

function isAlive(pid: number | null): boolean {
  return pid !== null && existsSync(`/proc/${pid}`);
}

describe.skipIf(reason !== null)(title("a stack of one's own", reason), () => {
  let folder: string;
  let stack: Stack;
  let redis: Redis;
  const sql = () => neon(stack.postgres.url);

  beforeAll(async () => {
    folder = await temporaryFolder();
    stack = await startStack({ folder, token: "own" });
    neonConfig.fetchEndpoint = stack.environment.NEON_FETCH_ENDPOINT ?? "";
    redis = new Redis({ url: stack.gateway.url, token: "own", retry: { retries: 0 } });
  });
  afterAll(async () => {
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("it is migrated, answers through the gateway, and prints how to reach it", async () => {
    const migrations = readdirSync("migrations").filter((name) => name.endsWith(".sql"));
    expect(await sql()`SELECT count(*)::int AS n FROM migrations`).toEqual([{ n: migrations.length }]);
    expect(await redis.ping()).toBe("PONG");
    expect(stack.environment).toEqual({
      DATABASE_URL: stack.postgres.url,
      NEON_FETCH_ENDPOINT: `${stack.gateway.url}/sql`,
      UPSTASH_REDIS_REST_URL: stack.gateway.url,
      UPSTASH_REDIS_REST_TOKEN: "own",
    });
    expect((await fetch(`${stack.gateway.url}/healthz`)).status).toBe(200);
  });

  test.each(["kill", "stop"] as const)(
    "Postgres and Redis come back with their data after %s",
    async (how) => {
      await sql()`INSERT INTO watermarks (instrument, epoch, last_sequence) VALUES (${how}, 1, 1)`;
      await redis.set(how, "held");
      const before = [stack.postgres.pid, stack.redis.pid];
      await Promise.all([stack.postgres[how](), stack.redis[how]()]);
      expect(before.map(isAlive)).toEqual([false, false]);
      expect([stack.postgres.pid, stack.redis.pid]).toEqual([null, null]);
      await expect(sql()`SELECT 1`).rejects.toThrow();
      await expect(redis.get(how)).rejects.toThrow();
      const health = await fetch(`${stack.gateway.url}/healthz`);
      expect(await health.json()).toMatchObject({ ok: false, postgres: { ok: false }, redis: { ok: false } });

      await Promise.all([stack.postgres.start(), stack.redis.start()]);
      expect(await sql()`SELECT last_sequence FROM watermarks WHERE instrument = ${how}`).toEqual([
        { last_sequence: "1" },
      ]);
      await expect.poll(() => redis.get(how).catch(() => null), { timeout: 5_000 }).toBe("held");
    },
  );

  test("a second server on the same data is refused, with the id of the first", async () => {
    const port = await freePort();
    const second = await preparePostgres({ folder: join(folder, "postgres"), port, name: "edgebook" });
    await expect(second.start()).rejects.toThrow(`kill -INT ${stack.postgres.pid}`);
  });
});

describe.skipIf(reason !== null)(title("npm run stack", reason), () => {
  let folder: string;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    if (child?.exitCode === null) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  test("prints the environment, and ends everything on SIGTERM", { timeout: 120_000 }, async () => {
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const [STACK_POSTGRES_PORT, STACK_REDIS_PORT, GATEWAY_PORT, GATEWAY_FAULT_PORT] = ports.map(String);
    const settings = {
      STACK_POSTGRES_PORT,
      STACK_REDIS_PORT,
      GATEWAY_PORT,
      GATEWAY_FAULT_PORT,
      STACK_FOLDER: folder,
    };
    child = spawn(process.execPath, ["dev/stack.ts"], {
      env: { ...process.env, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      errors += chunk;
    });
    await expect.poll(() => output, { timeout: 100_000 }).toContain("UPSTASH_REDIS_REST_TOKEN=local\n");
    expect(output).toContain(`NEON_FETCH_ENDPOINT=http://127.0.0.1:${GATEWAY_PORT}/sql`);
    const pids = [...errors.matchAll(/(?:Postgres|Redis) (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids.map(isAlive)).toEqual([true, true]);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });
});

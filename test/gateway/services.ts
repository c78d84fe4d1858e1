import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createClient } from "@redis/client";
import pg from "pg";
import { startEmbeddedPostgres } from "../../dev/gateway/embedded/server.ts";
import type { PostgresSource } from "../../dev/gateway/settings.ts";
import { memoryImage } from "./memory-image.ts";

const serverUrl = process.env.TEST_DATABASE_URL || "postgres://postgres:postgres@127.0.0.1:5432/postgres";
/** A database number that no other test uses, and a prefix in addition. */
export const redisUrl = process.env.TEST_REDIS_URL || "redis://127.0.0.1:6379/11";

/** A name that no other run uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString("hex")}`;
}

/** The source of a suite's empty databases. `reason` says why it is unavailable, if it is. */
export interface DatabaseKind {
  name: "postgres" | "pglite";
  reason: string | null;
}

/** An empty database for one test file. */
export interface TestDatabase {
  /** For direct connections. */
  url: string;
  /** The source for a gateway. */
  source: PostgresSource;
  drop(): Promise<void>;
}

/** The kinds of database to run a suite on. With REQUIRE_SERVICES=1 it throws if Postgres is missing. */
export async function databaseKinds(): Promise<DatabaseKind[]> {
  const reason = await unavailable(`Postgres at ${hostOf(serverUrl)} (TEST_DATABASE_URL)`, async () => {
    const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 3_000 });
    await client.connect();
    await client.end();
  });
  return [
    { name: "postgres", reason },
    { name: "pglite", reason: null },
  ];
}

/** Why Redis cannot be used; null if it can. With REQUIRE_SERVICES=1 it throws instead. */
export function redisReason(): Promise<string | null> {
  return unavailable(`Redis at ${hostOf(redisUrl)} (TEST_REDIS_URL)`, async () => {
    const client = createClient({
      url: redisUrl,
      socket: { connectTimeout: 3_000, reconnectStrategy: false },
    });
    client.on("error", () => {}); // connect() rejects with the same
    await client.connect();
    await client.close();
  });
}

/**
 * Why `startStack` cannot start its own servers; null if it can. With REQUIRE_SERVICES=1 it throws instead.
 */
export function stackReason(): string | null {
  if (existsSync("/usr/lib/postgresql") && existsSync("/usr/bin/redis-server")) return null;
  const reason = "no Debian packages postgresql and redis-server";
  if (process.env.REQUIRE_SERVICES === "1") throw new Error(reason);
  return reason;
}

/** The title of a suite, with the reason if it is skipped. */
export function title(name: string, reason: string | null): string {
  return reason === null ? name : `${name} (SKIPPED: ${reason})`;
}

async function unavailable(what: string, attempt: () => Promise<void>): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (cause) {
    const reason = `no ${what}: ${cause instanceof Error ? cause.message || cause.name : String(cause)}`;
    if (process.env.REQUIRE_SERVICES === "1") throw new Error(reason, { cause });
    return reason;
  }
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** Creates an empty database of this kind. */
export async function createDatabase(kind: DatabaseKind["name"]): Promise<TestDatabase> {
  if (kind === "pglite") {
    const embedded = await startEmbeddedPostgres({ image: await memoryImage() });
    return { url: embedded.url, source: { url: embedded.url }, drop: embedded.close };
  }
  const name = uniqueName("edgebook_test");
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    source: { url: url.href },
    drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Runs `use` with a direct connection to a database. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

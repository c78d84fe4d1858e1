import { join } from "node:path";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { readCommandLine } from "../tools/command-line.ts";

/** The files that `migrate` applies. */
export const MIGRATIONS_FOLDER = join(import.meta.dirname, "..", "..", "migrations");
const weeksAhead = 8;
const connectTimeoutMilliseconds = 10_000;

/** One week of `trades`, as `make_trade_partitions` reports it. */
export interface TradePartition {
  partition_name: string;
  /** `rows_in_default`: the partition is not made, because `trades_default` has rows of that week. */
  outcome: "created" | "exists" | "rows_in_default";
}

export interface MigrationReport {
  /** Names of the files that this call applied, in order; empty if the database was up to date. */
  applied: string[];
  partitions: TradePartition[];
}

/**
 * Brings a database up to date. It applies the missing files of `migrations/`, in order and in one
 * transaction, then makes the partitions of `trades` for the coming weeks. It is safe to repeat. A second
 * call at the same time on a Postgres server waits for the first. Throws, with nothing applied, if the
 * database cannot be reached, rejects a statement, or has other migrations than these.
 */
export async function migrate(
  databaseUrl: string,
  log: (line: string) => void = () => {},
): Promise<MigrationReport> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: connectTimeoutMilliseconds,
    application_name: "edgebook-migrate",
  });
  // The running statement fails with the same error. Without a listener, the process would end.
  client.on("error", (error) => log(`lost the connection: ${error.message}`));
  await client.connect();
  try {
    const applied = await runner({
      dbClient: client,
      dir: MIGRATIONS_FOLDER,
      ignorePattern: "(?!.*\\.sql$).*",
      migrationsTable: "migrations",
      direction: "up",
      singleTransaction: true,
      advisoryLockMode: "wait",
      log,
    });
    const partitions = await client.query<TradePartition>(
      "SELECT partition_name, outcome FROM make_trade_partitions(now(), $1)",
      [weeksAhead],
    );
    return { applied: applied.map(({ name }) => name), partitions: partitions.rows };
  } finally {
    await client.end();
  }
}

if (import.meta.main) {
  readCommandLine({
    name: "npm run migrate",
    about: "Applies the migrations to the Postgres that DATABASE_URL names, in the environment or in .env.",
    options: {},
  });
  const databaseUrl = process.env.DATABASE_URL;
  if (databaseUrl === undefined || databaseUrl === "") {
    console.error("migrate: set DATABASE_URL, such as postgres://user:password@127.0.0.1:5432/database");
    process.exitCode = 1;
  } else {
    try {
      const { applied, partitions } = await migrate(databaseUrl);
      console.log(`applied: ${applied.join(", ") || "nothing, the database was up to date"}`);
      for (const { partition_name, outcome } of partitions)
        console.log(`partition ${partition_name}: ${outcome}`);
    } catch (cause) {
      console.error(`migrate: ${cause instanceof Error ? cause.message : String(cause)}`);
      process.exitCode = 1;
    }
  }
}

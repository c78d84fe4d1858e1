import { connectPostgres } from "../durable-objects/outbox/postgres/postgres-client.ts";
import type { LogLevel } from "../durable-objects/runtime/log.ts";

const REQUEST_MS_MAX = 30_000;

/** The connection to Postgres. Without it there is nothing to do. */
interface DatabaseEnv {
  readonly DATABASE_URL?: string;
  readonly NEON_FETCH_ENDPOINT?: string;
}

/** One week of `trades`, as `make_trade_partitions` reports it. */
interface TradePartition {
  readonly partition: string;
  /**
   * `rows_in_default`: the partition is not made, because `trades_default` has this many rows of that week.
   */
  readonly outcome: "created" | "exists" | "rows_in_default";
  readonly rows_in_default: number;
}

/**
 * Makes the partitions of `trades` for the coming weeks. It is safe to repeat, even concurrently.
 * @returns one entry per week; none if no database is configured.
 * @throws if Postgres does not answer, or refuses.
 */
export async function makeTradePartitions(env: DatabaseEnv): Promise<readonly TradePartition[]> {
  const { DATABASE_URL: url } = env;
  if (url === undefined || url === "") return [];
  const sql = connectPostgres(url, env.NEON_FETCH_ENDPOINT, REQUEST_MS_MAX);
  const rows = await sql`
    SELECT partition_name AS partition, outcome, rows_in_default::int FROM make_trade_partitions()`;
  return rows as TradePartition[];
}

/** The log level of a week's outcome: a warning if an operator has to move rows. */
export function partitionLevel(week: TradePartition): LogLevel {
  return week.outcome === "rows_in_default" ? "warn" : "info";
}

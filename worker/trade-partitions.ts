import { connectPostgres } from "../durable-objects/outbox/postgres/postgres-client.ts";
import type { LogLevel } from "../durable-objects/runtime/log.ts";

const REQUEST_MS_MAX = 30_000;

/** What leads to Postgres; nothing is done where it is not set. */
interface DatabaseEnv {
  readonly DATABASE_URL?: string;
  readonly NEON_FETCH_ENDPOINT?: string;
}

/** One week of `trades`, as `make_trade_partitions` reports it. */
interface TradePartition {
  readonly partition: string;
  /** `rows_in_default`: not made, because so many rows of that week are in `trades_default`. */
  readonly outcome: "created" | "exists" | "rows_in_default";
  readonly rows_in_default: number;
}

/**
 * Makes the partitions of `trades` for the coming weeks. Safe to repeat, and to run twice at once.
 * @returns one entry a week; none where no database is configured.
 * @throws if Postgres cannot be asked, or refuses.
 */
export async function makeTradePartitions(env: DatabaseEnv): Promise<readonly TradePartition[]> {
  const { DATABASE_URL: url } = env;
  if (url === undefined || url === "") return [];
  const sql = connectPostgres(url, env.NEON_FETCH_ENDPOINT, REQUEST_MS_MAX);
  const rows = await sql`
    SELECT partition_name AS partition, outcome, rows_in_default::int FROM make_trade_partitions()`;
  return rows as TradePartition[];
}

/** How grave what became of a week is: a warning where an operator has to move rows. */
export function partitionLevel(week: TradePartition): LogLevel {
  return week.outcome === "rows_in_default" ? "warn" : "info";
}

import type { Env } from "../durable-objects/runtime/env.ts";
import { log, setLogLevel } from "../durable-objects/runtime/log.ts";
import { makeTradePartitions, partitionLevel } from "./trade-partitions.ts";

/**
 * What the cron trigger of wrangler.toml runs: makes partitions ahead, one line in the log a week.
 * Throws where Postgres fails, so that the platform counts the run as failed; the next one makes up for it.
 */
export const scheduled: ExportedHandlerScheduledHandler<Env> = async (_controller, env) => {
  setLogLevel(env.LOG_LEVEL);
  for (const week of await makeTradePartitions(env)) {
    log(partitionLevel(week), "trade_partition", week);
  }
};

import type { Env } from "../durable-objects/runtime/env.ts";
import { log, setLogLevel } from "../durable-objects/runtime/log.ts";
import { makeTradePartitions, partitionLevel } from "./trade-partitions.ts";

/**
 * The handler of the cron trigger in wrangler.toml. It makes partitions ahead of time, and writes one line
 * per week to the log. It throws if Postgres fails, so that the platform counts the run as failed. The next
 * run makes up for it.
 */
export const scheduled: ExportedHandlerScheduledHandler<Env> = async (_controller, env) => {
  setLogLevel(env.LOG_LEVEL);
  for (const week of await makeTradePartitions(env)) {
    log(partitionLevel(week), "trade_partition", week);
  }
};

import type { Env } from "../durable-objects/env.ts";
import { makeTradePartitions, partitionLine } from "./trade-partitions.ts";

/**
 * What the cron trigger of wrangler.toml runs: makes partitions ahead, one line in the log a week.
 * Throws where Postgres fails, so that the platform counts the run as failed; the next one makes up for it.
 */
export const scheduled: ExportedHandlerScheduledHandler<Env> = async (_controller, env) => {
  for (const week of await makeTradePartitions(env)) {
    const { level, text } = partitionLine(week);
    console[level](text);
  }
};

import type { LogLevel } from "../durable-objects/runtime/log.ts";
import { makeTradePartitions, partitionLevel } from "../worker/trade-partitions.ts";
import { messageOf } from "./gateway/http.ts";
import type { WorkerVariables } from "./worker-variables.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Does what the cron trigger does on Cloudflare, which plain workerd has not: makes partitions of `trades`
 * ahead, now and once a day. Says only what is new or wrong. A run that fails is told, and the next one
 * makes up for it.
 * @param vars the worker's variables that lead to Postgres.
 * @returns what ends it.
 */
export function makePartitionsDaily(
  vars: WorkerVariables,
  log: (level: LogLevel, event: string, fields: object) => void,
): () => void {
  const run = async () => {
    try {
      for (const week of await makeTradePartitions(vars)) {
        if (week.outcome !== "exists") log(partitionLevel(week), "trade_partition", week);
      }
    } catch (error) {
      log("error", "trade_partitions_failed", { error: messageOf(error) });
    }
  };
  void run();
  const timer = setInterval(() => void run(), DAY_MS);
  return () => clearInterval(timer);
}

import { messageOf } from "../../dev/gateway/http.ts";
import type { LogLevel } from "../../durable-objects/runtime/log.ts";
import { makeTradePartitions, partitionLevel } from "../../worker/trade-partitions.ts";
import type { WorkerVariables } from "../worker-variables.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Does the work of Cloudflare's cron trigger, which plain workerd does not have: makes partitions of `trades`
 * ahead of time, now and once a day. It logs only what is new or wrong. A failed run is logged, and the next
 * run makes up for it.
 * @param vars the worker's variables with the connection to Postgres.
 * @returns a function that ends it.
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

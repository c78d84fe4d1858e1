import { setTimeout as sleep } from "node:timers/promises";
import type { Health } from "../protocol/health.ts";

const EVERY_MS = 50;
const DRAIN_MS_MAX = 600_000;

/** How the outbox to Postgres caught up. */
export interface Drain {
  /** The events that it was behind at the start. */
  readonly lagEvents: number;
  /** Until something was shipped: the remaining wait between two attempts, and the first batch. */
  readonly firstSeconds: number;
  /** Until nothing was left to ship. */
  readonly levelSeconds: number;
}

/**
 * Watches BTC-USD's outbox until Postgres has every event. @throws after ten minutes, or if rows are
 * rejected.
 */
export async function watchDrain(url: string): Promise<Drain> {
  const startMs = performance.now();
  const secondsSince = () => (performance.now() - startMs) / 1_000;
  const lagEvents = await readLag(url);
  let firstSeconds: number | undefined;
  for (;;) {
    const lag = await readLag(url);
    if (lag < lagEvents) firstSeconds ??= secondsSince();
    if (lag === 0) return { lagEvents, firstSeconds: firstSeconds ?? 0, levelSeconds: secondsSince() };
    if (performance.now() - startMs > DRAIN_MS_MAX) throw new Error(`${lag} events are not shipped`);
    await sleep(EVERY_MS);
  }
}

async function readLag(url: string): Promise<number> {
  const { instruments } = (await (await fetch(`${url}/healthz`)).json()) as Health;
  const bitcoin = instruments.find(({ instrument }) => instrument === "BTC-USD");
  const sink = bitcoin?.outbox?.find((each) => each.sink === "postgres");
  if (sink === undefined) throw new Error("BTC-USD reports no outbox to Postgres");
  if (sink.dead_rows > 0) throw new Error(`Postgres rejected ${sink.dead_rows} rows`);
  return sink.lag_events;
}

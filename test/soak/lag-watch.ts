import { setTimeout as sleep } from "node:timers/promises";
import type { Health } from "../../protocol/health.ts";
import type { Part } from "./part.ts";
import type { SoakVenue } from "./soak-venue.ts";

const EVERY_MS = 250;
/** Twice the longest pause of a sink between attempts, plus the work itself. */
const DRAIN_MS_MAX = 180_000;

/** The lag of the sinks, from `/healthz`. */
export class LagWatch {
  /** The most events that a sink was behind by, for one instrument. */
  readonly lagEventsMax = new Map<string, number>();
  lagSecondsMax = 0;
  readonly #venue: SoakVenue;

  constructor(venue: SoakVenue) {
    this.#venue = venue;
  }

  /** Checks repeatedly until it is stopped. */
  async run(part: Part, isOver: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isOver()) {
      await sleep(EVERY_MS, undefined, { signal });
      const { killCount, isUp } = part;
      if (!isUp) continue;
      try {
        this.#note(await this.#health());
      } catch (cause) {
        if (!part.mayHaveFailed(killCount)) throw cause;
      }
    }
  }

  /**
   * Waits until every sink of every instrument has every event, without failures.
   * @returns how long that took, in milliseconds.
   * @throws after a bounded time, with the lag; or if rows were rejected.
   */
  async drained(signal: AbortSignal): Promise<number> {
    const startMs = performance.now();
    for (;;) {
      const health = await this.#health();
      this.#note(health);
      const isLevel = sinksOf(health).every(
        ({ lag_events, last_error }) => lag_events + Number(last_error !== null) === 0,
      );
      if (isLevel) return performance.now() - startMs;
      if (performance.now() - startMs > DRAIN_MS_MAX)
        throw new Error(`does not drain: ${JSON.stringify(health)}`);
      await sleep(EVERY_MS, undefined, { signal });
    }
  }

  async #health(): Promise<Health> {
    const { status, body } = await this.#venue.http.get("/healthz");
    if (status !== 200) throw new Error(`/healthz answers ${status} ${body}`);
    return JSON.parse(body);
  }

  #note(health: Health): void {
    for (const { sink, lag_events, lag_seconds, dead_rows } of sinksOf(health)) {
      this.lagEventsMax.set(sink, Math.max(lag_events, this.lagEventsMax.get(sink) ?? 0));
      this.lagSecondsMax = Math.max(lag_seconds, this.lagSecondsMax);
      if (dead_rows > 0) throw new Error(`${sink} refused ${dead_rows} rows`);
    }
  }
}

/** Two sinks per instrument. @throws if an instrument does not report them. */
function sinksOf({ instruments }: Health) {
  return instruments.flatMap(({ instrument, outbox }) => {
    if (outbox?.length !== 2) throw new Error(`${instrument} does not report two sinks`);
    return outbox;
  });
}

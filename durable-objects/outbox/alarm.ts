import type { Clock } from "../runtime/clock.ts";
import { log } from "../runtime/log.ts";

/** An alarm that is later than this was set before the clock was set forward. */
const LATE_MS_MAX = 2_000;
/** The interval of calls while the host's clock is behind. */
const RING_MS_MAX = 60_000;

/**
 * An object's alarm, which comes on time whatever the host's clock does. While the clock is behind, a call
 * replaces it.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #clock: Clock;
  readonly #ring: (milliseconds: number) => Promise<void>;
  /** When the alarm comes; null if none is set. */
  #atMs: number | null = null;
  /** When a call replaces the alarm; null if none is scheduled. */
  #ringAtMs: number | null = null;

  /** @param ring schedules a call that does what the alarm does. */
  constructor(storage: DurableObjectStorage, clock: Clock, ring: (milliseconds: number) => Promise<void>) {
    this.#storage = storage;
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Ensures that the alarm comes at this time or earlier. @param nowMs the time as it was just read. */
  setBy(timeMs: number, nowMs: number): void {
    if (this.#clock.isAhead) this.#ringBy(Math.min(timeMs, nowMs + RING_MS_MAX), nowMs);
    if (isInTime(this.#atMs, timeMs, nowMs)) return;
    this.#atMs = timeMs;
    this.#storage.setAlarm(timeMs).catch((error: unknown) => {
      // A later call may have set another alarm.
      if (this.#atMs === timeMs) this.#atMs = null;
      log("error", "alarm_not_set", { error: String(error) });
    });
  }

  #ringBy(timeMs: number, nowMs: number): void {
    if (isInTime(this.#ringAtMs, timeMs, nowMs)) return;
    this.#ringAtMs = timeMs;
    this.#ring(Math.max(0, timeMs - nowMs)).catch((error: unknown) => {
      if (this.#ringAtMs === timeMs) this.#ringAtMs = null;
      log("error", "ring_not_set", { error: String(error) });
    });
  }

  /** Records that the alarm, or the call that replaces it, has come. */
  hasCome(): void {
    this.#atMs = null;
    this.#ringAtMs = null;
  }

  /**
   * Reads the current alarm at the start. @returns whether one comes by this time. An alarm that was lost,
   * has passed, or is further away must be set again.
   */
  async restore(latestMs: number): Promise<boolean> {
    const atMs = await this.#storage.getAlarm();
    const isToCome = atMs !== null && atMs > this.#clock.nowMs() && atMs <= latestMs;
    this.#atMs = isToCome ? atMs : null;
    return isToCome && !this.#clock.isAhead;
  }
}

/** Whether an alarm comes soon enough, and was not lost. */
function isInTime(atMs: number | null, timeMs: number, nowMs: number): boolean {
  return atMs !== null && atMs <= timeMs && atMs > nowMs - LATE_MS_MAX;
}

import type { Clock } from "../runtime/clock.ts";
import { log } from "../runtime/log.ts";

/** An alarm that is late by more was set before the clock was set forth. */
const LATE_MS_MAX = 2_000;
/** While the host's clock is behind, it is asked so often whether something is due. */
const RING_MS_MAX = 60_000;

/**
 * An object's alarm, which comes in good time whatever the host's clock does: a call comes in its place while
 * the clock is behind.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #clock: Clock;
  readonly #ring: (milliseconds: number) => Promise<void>;
  /** When it comes; null where none is set. */
  #atMs: number | null = null;
  /** When a call comes in its place; null where none is to. */
  #ringAtMs: number | null = null;

  /** @param ring calls so much later what the alarm calls. */
  constructor(storage: DurableObjectStorage, clock: Clock, ring: (milliseconds: number) => Promise<void>) {
    this.#storage = storage;
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Makes sure that it comes at this time or before. */
  setBy(timeMs: number): void {
    const nowMs = this.#clock.nowMs();
    if (this.#clock.isAhead) this.#ringBy(Math.min(timeMs, nowMs + RING_MS_MAX), nowMs);
    if (isInTime(this.#atMs, timeMs, nowMs)) return;
    this.#atMs = timeMs;
    this.#storage.setAlarm(timeMs).catch((error: unknown) => {
      // Not that of a later call, which has been set.
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

  /** It has come, or the call in its place. */
  hasCome(): void {
    this.#atMs = null;
    this.#ringAtMs = null;
  }

  /**
   * Takes note, on start, of the one that is set. @returns whether one is to come by this time: one that was
   * lost, has passed, or is further away is to be set again.
   */
  async restore(latestMs: number): Promise<boolean> {
    const atMs = await this.#storage.getAlarm();
    const isToCome = atMs !== null && atMs > this.#clock.nowMs() && atMs <= latestMs;
    this.#atMs = isToCome ? atMs : null;
    return isToCome && !this.#clock.isAhead;
  }
}

/** Whether what is set comes soon enough, and has not been lost. */
function isInTime(atMs: number | null, timeMs: number, nowMs: number): boolean {
  return atMs !== null && atMs <= timeMs && atMs > nowMs - LATE_MS_MAX;
}

import type { Timer } from "./timer.ts";

/** If an object's time is ahead of the host's clock by no more than this, it waits for the clock. */
const AHEAD_MS_MAX = 1_000;
/** While the object's time is ahead, it advances at this pace until the host's clock has caught up. */
const PACE = 0.9;
/**
 * The most time counted between two readings of the clock. A longer interval may come from a clock that was
 * set forward.
 */
const PASSED_MS_MAX = 60_000;

/**
 * An object's time. It is the host's clock, but never goes back. If the clock is set back, the platform's
 * time stands still, and its timers and alarms wait until the clock has caught up. This time advances
 * meanwhile, slightly slower than the clock, and waiting is done elsewhere, by `Timer`.
 */
export class Clock {
  readonly #ctx: DurableObjectState;
  #wallMs: number;
  #nowMs = 0;
  /**
   * Whether the host's clock was ever set back. From then on the object starts no timer of its own: it would
   * wait behind any timer that was started while the clock was behind, even once the clock is right again.
   */
  #wasSetBack = false;
  /** Ends each wait that is under way. */
  readonly #endings = new Set<() => void>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#wallMs = this.wallMs();
  }

  /** The host's clock now, even within a turn of the event loop, and even after it was set back. */
  wallMs(): number {
    const query = "SELECT 1000 * unixepoch('now', 'subsec') AS ms";
    return Math.round(this.#ctx.storage.sql.exec<{ ms: number }>(query).one().ms);
  }

  /** The time in whole milliseconds. It never goes back. */
  nowMs(): number {
    const wallMs = this.wallMs();
    if (wallMs < this.#wallMs) for (const end of this.#endings) end();
    const passedMs = Math.min(PASSED_MS_MAX, Math.max(0, wallMs - this.#wallMs));
    this.#wallMs = wallMs;
    if (this.isAhead) this.#nowMs += PACE * passedMs;
    const platformMs = Date.now();
    if (wallMs < platformMs) this.#wasSetBack = true;
    this.#nowMs = Math.max(this.#nowMs, platformMs);
    return Math.floor(this.#nowMs);
  }

  /** Records a time that was assigned before this object started. */
  isAtLeast(timeMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  /** Whether the host's clock was set back and has not caught up, as of the last reading. */
  get isAhead(): boolean {
    return this.#nowMs - this.#wallMs > AHEAD_MS_MAX;
  }

  /**
   * Waits. The wait ends early if a reading finds that the host's clock was set back meanwhile, since the
   * platform's timer then hangs, wherever it was started.
   * @param signal ends the waiting before its time, with an error.
   */
  async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.nowMs();
    const { promise: early, resolve } = Promise.withResolvers<void>();
    this.#endings.add(resolve);
    try {
      const waiting = this.#wasSetBack
        ? this.#timer.wait(milliseconds)
        : scheduler.wait(milliseconds, signal === undefined ? {} : { signal });
      await Promise.race([waiting, early]);
    } finally {
      this.#endings.delete(resolve);
    }
  }

  /**
   * Lets external events in between turns that follow each other without one. workerd checks for them only
   * when it has nothing else to do, and a completed write counts as something to do. One timer makes it
   * check; a second one lets this object process what workerd delivers after the first.
   */
  async letOthersIn(): Promise<void> {
    await this.wait(0);
    await this.wait(0);
  }

  /** Calls back once, later. */
  after(milliseconds: number, call: () => void): void {
    this.nowMs();
    // A timer, not a wait: an object with a pending timer may still sleep.
    if (this.#wasSetBack) void this.#timer.wait(milliseconds).then(call);
    else setTimeout(call, milliseconds);
  }

  /** Calls an instrument's `ring` later, even if this object is gone by then. */
  async ringLater(instrument: string, milliseconds: number): Promise<void> {
    await this.#timer.ringLater(instrument, milliseconds);
  }

  get #timer(): Service<Timer> {
    return (this.#ctx.exports as { Timer: Service<Timer> }).Timer;
  }
}

import type { Timer } from "./timer.ts";

/** An object whose time is ahead of the host's clock by no more waits for it. */
const AHEAD_MS_MAX = 1_000;
/** While it is ahead, its time goes on by so much of what passes, until the host's clock has caught up. */
const PACE = 0.9;
/** What passes between two looks at the clock counts up to here: more may be a clock that was set forth. */
const PASSED_MS_MAX = 60_000;

/**
 * An object's time: the host's clock, but it never goes back. Where the clock is set back, the platform's
 * time stands still, and its timers and alarms wait, until the clock has caught up. Here time goes on meanwhile,
 * a little slower than the clock, and waiting is done elsewhere, by `Timer`.
 */
export class Clock {
  readonly #ctx: DurableObjectState;
  #wallMs: number;
  #nowMs = 0;
  /**
   * Whether the host's clock was ever set back. From then on no timer of the object's own is started: it would
   * wait behind any that was started while the clock was behind, also when the clock is right again.
   */
  #wasSetBack = false;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#wallMs = this.wallMs();
  }

  /** What the host's clock says now, also within a turn of the event loop, and also where it was set back. */
  wallMs(): number {
    const query = "SELECT 1000 * unixepoch('now', 'subsec') AS ms";
    return Math.round(this.#ctx.storage.sql.exec<{ ms: number }>(query).one().ms);
  }

  /** The time in whole milliseconds, never earlier than it was. */
  nowMs(): number {
    const wallMs = this.wallMs();
    const passedMs = Math.min(PASSED_MS_MAX, Math.max(0, wallMs - this.#wallMs));
    this.#wallMs = wallMs;
    if (this.isAhead) this.#nowMs += PACE * passedMs;
    const platformMs = Date.now();
    if (wallMs < platformMs) this.#wasSetBack = true;
    this.#nowMs = Math.max(this.#nowMs, platformMs);
    return Math.floor(this.#nowMs);
  }

  /** Takes note of a time that was given to something before this object started. */
  isAtLeast(timeMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  /** Whether the host's clock was set back, and has not caught up, as far as the last look at it tells. */
  get isAhead(): boolean {
    return this.#nowMs - this.#wallMs > AHEAD_MS_MAX;
  }

  async wait(milliseconds: number): Promise<void> {
    this.nowMs();
    await (this.#wasSetBack ? this.#timer.wait(milliseconds) : scheduler.wait(milliseconds));
  }

  /**
   * Between turns that follow one another without anything from outside: workerd looks for what comes from
   * outside only when nothing else is to be done, and a write that is on disk already is something to be done.
   * A timer has it look; a second one has this object take what the worker has handed on at the first.
   */
  async letOthersIn(): Promise<void> {
    await this.wait(0);
    await this.wait(0);
  }

  /** Calls once, later. */
  after(milliseconds: number, call: () => void): void {
    this.nowMs();
    if (this.#wasSetBack) void this.#timer.wait(milliseconds).then(call);
    else setTimeout(call, milliseconds);
  }

  /** Has an instrument's `ring` called later, also if this object is gone by then. */
  async ringLater(instrument: string, milliseconds: number): Promise<void> {
    await this.#timer.ringLater(instrument, milliseconds);
  }

  get #timer(): Service<Timer> {
    return (this.#ctx.exports as { Timer: Service<Timer> }).Timer;
  }
}

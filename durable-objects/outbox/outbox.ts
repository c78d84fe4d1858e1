import type { SinkHealth } from "../calls/readings.ts";
import type { Clock } from "../runtime/clock.ts";
import { log } from "../runtime/log.ts";
import type { Watermarks } from "../storage/watermarks.ts";
import type { Alarm } from "./alarm.ts";
import { failureWords } from "./failure-words.ts";
import { OtherVenueError } from "./sink/other-venue.ts";
import type { Sink } from "./sink/sink.ts";
import { type FlushCounts, restMs } from "./yielding.ts";

/** The delay of the alarm after an event, so that one pass takes many events. */
const GATHER_MS = 200;
/** The longest pass. The next alarm continues. */
const PASS_MS_MAX = 20_000;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 60_000;
/**
 * The furthest alarm. The platform refuses one that is too far ahead, so the alarm for a later time comes
 * early and is set again.
 */
const ALARM_AHEAD_MS_MAX = 365 * 86_400_000;

/**
 * The part of a book that the outbox reads: its sequence, and when something in it is due, since the alarm
 * serves that too.
 */
interface ShippedBook {
  readonly sequence: number;
  readonly nextDueMs: number | undefined;
}

/** The instrument's counters. Failures are counted by the name of the sink, for the instrument's lifetime. */
interface Counts {
  readonly flushes: FlushCounts;
  countOutboxFailure(sink: string): void;
  outboxFailures(sink: string): number;
}

interface SinkState {
  readonly sink: Sink;
  /** Failures since the last success. */
  failuresInARow: number;
  retryAtMs: number;
  lastError: string | null;
  isBusy: boolean;
  /** Whether the sink must ship although it has every event. */
  isRefreshDue: boolean;
}

/**
 * Ships the journal to the sinks by alarm, never in the order path. Each sink has its own position and its
 * own pace. At most one request per sink is in flight.
 */
export class Outbox {
  readonly #watermarks: Watermarks;
  readonly #book: () => ShippedBook;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #states: readonly SinkState[];
  readonly #counts: Counts;
  #isRunning = false;

  /** @param book returns the live book. */
  constructor(
    clock: Clock,
    alarm: Alarm,
    watermarks: Watermarks,
    sinks: readonly Sink[],
    book: () => ShippedBook,
    counts: Counts,
  ) {
    this.#counts = counts;
    this.#watermarks = watermarks;
    this.#book = book;
    this.#clock = clock;
    this.#alarm = alarm;
    this.#states = sinks.map((sink) => ({
      sink,
      failuresInARow: 0,
      retryAtMs: 0,
      lastError: null,
      isBusy: false,
      isRefreshDue: false,
    }));
  }

  /**
   * Ensures that an alarm comes soon enough for every sink that is behind and may be tried, and for what is
   * due in the book. Call it in the turn that writes the events: the alarm is then part of their commit.
   * @param nowMs the time, if it was read in this turn.
   */
  arm(nowMs = this.#clock.nowMs()): void {
    if (this.#isRunning) return;
    const nextMs = this.#nextAlarmMs(nowMs);
    if (nextMs !== null) this.#alarm.setBy(nextMs, nowMs);
  }

  /**
   * Runs at the start. An alarm that was lost, has passed, or is further away than any backoff or due time is
   * set again. Any other alarm is left alone.
   */
  async rearm(): Promise<void> {
    const dueMs = this.#book().nextDueMs ?? Number.POSITIVE_INFINITY;
    if (!(await this.#alarm.restore(Math.min(this.#clock.nowMs() + BACKOFF_MS_MAX, dueMs)))) this.arm();
  }

  /** Makes a sink ship although it may have every event. Without a sink of that name, this does nothing. */
  refresh(name: string): void {
    const state = this.#states.find(({ sink }) => sink.name === name);
    if (state === undefined) return;
    state.isRefreshDue = true;
    this.arm();
  }

  /**
   * Records why a sink cannot be shipped to, if that was found elsewhere. The reason stays until something is
   * shipped.
   */
  noteRefusal(name: string, reason: string): void {
    const state = this.#states.find(({ sink }) => sink.name === name);
    if (state !== undefined) state.lastError = reason;
  }

  /** Clears the failures after storage was rewritten, so that every sink is tried at once. */
  forgetFailures(): void {
    for (const state of this.#states)
      Object.assign(state, { failuresInARow: 0, retryAtMs: 0, lastError: null });
  }

  /** Runs one pass, at an alarm. It never throws. It sets the next alarm if work is left. */
  async run(): Promise<void> {
    // A call and the alarm may come at the same time.
    if (this.#isRunning) return;
    this.#alarm.hasCome();
    this.#isRunning = true;
    const deadlineMs = this.#clock.nowMs() + PASS_MS_MAX;
    await Promise.all(this.#states.map((state) => this.#drain(state, deadlineMs)));
    this.#isRunning = false;
    this.arm();
  }

  /**
   * The health of the sinks. Monitors read it often, so that a change of the clock is noticed here even if
   * nobody trades.
   */
  health(): SinkHealth[] {
    const nowMs = this.#clock.nowMs();
    this.arm(nowMs);
    return this.#states.map(({ sink, lastError }) => {
      const lastSequence = this.#watermarks.read(sink.name);
      const waitingSinceMs = this.#watermarks.timeOfNext(sink.name);
      return {
        sink: sink.name,
        lastSequence,
        lagEvents: this.#book().sequence - lastSequence,
        lagSeconds: waitingSinceMs === null ? 0 : Math.max(0, (nowMs - waitingSinceMs) / 1000),
        failures: this.#counts.outboxFailures(sink.name),
        lastError,
        deadRows: sink.deadRows?.() ?? 0,
      };
    });
  }

  /**
   * Ships to one sink until it is up to date or fails, or until something is due in the book. While another
   * sink is working, it checks again for new events, so that a slow sink does not delay a fast one.
   */
  async #drain(state: SinkState, deadlineMs: number): Promise<void> {
    while (this.#clock.nowMs() < Math.min(deadlineMs, this.#book().nextDueMs ?? Number.POSITIVE_INFINITY)) {
      if (this.#isBehind(state) && this.#clock.nowMs() >= state.retryAtMs) {
        const { flushes } = this.#counts;
        const sinceMs = this.#clock.nowMs();
        state.isBusy = true;
        await this.#shipOnce(state);
        state.isBusy = false;
        const lagEvents = this.#book().sequence - this.#watermarks.read(state.sink.name);
        const tookMs = this.#clock.nowMs() - sinceMs;
        const waitMs = restMs(flushes, this.#counts.flushes, tookMs, lagEvents);
        if (waitMs > 0) await this.#clock.wait(waitMs);
      } else {
        if (!this.#states.some(({ isBusy }) => isBusy)) return;
        await this.#clock.wait(GATHER_MS);
      }
    }
  }

  async #shipOnce(state: SinkState): Promise<void> {
    const { name, isConflated = false } = state.sink;
    const isRefresh = state.isRefreshDue;
    state.isRefreshDue = false;
    try {
      const shippedSequence = await state.sink.ship(this.#watermarks.read(name));
      // A sink that lost earlier events has more to ship, although nothing new happened.
      state.isRefreshDue ||= shippedSequence < this.#watermarks.read(name);
      this.#watermarks.move(name, shippedSequence);
      state.failuresInARow = 0;
      state.lastError = null;
      if (isConflated) state.retryAtMs = this.#clock.nowMs() + GATHER_MS;
    } catch (error) {
      state.isRefreshDue ||= isRefresh;
      this.#counts.countOutboxFailure(name);
      state.failuresInARow++;
      const before = state.lastError;
      const isOtherVenue = error instanceof OtherVenueError;
      const waitMs = isOtherVenue ? BACKOFF_MS_MAX : backoffMs(state.failuresInARow);
      state.retryAtMs = this.#clock.nowMs() + waitMs;
      state.lastError = failureWords(error);
      // This failure stays until an operator acts. It is logged once.
      if (isOtherVenue && before === state.lastError) return;
      log("error", "outbox_failed", { sink: name, failures: state.failuresInARow, error: String(error) });
    }
  }

  #isBehind({ sink, isRefreshDue }: SinkState): boolean {
    return isRefreshDue || this.#watermarks.read(sink.name) < this.#book().sequence;
  }

  /**
   * When the first of the sinks that are behind may be tried, or the book must be advanced; null for never.
   */
  #nextAlarmMs(nowMs: number): number | null {
    const { nextDueMs } = this.#book();
    const times: number[] = [];
    if (nextDueMs !== undefined) times.push(Math.max(nowMs, Math.min(nextDueMs, nowMs + ALARM_AHEAD_MS_MAX)));
    for (const state of this.#states)
      if (this.#isBehind(state)) times.push(Math.max(nowMs + GATHER_MS, state.retryAtMs));
    return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
  }
}

/**
 * Doubles with each failure, up to a bound. Half of it is random, so that objects do not retry at the same
 * time.
 */
function backoffMs(failures: number): number {
  const full = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (failures - 1));
  return full / 2 + (Math.random() * full) / 2;
}

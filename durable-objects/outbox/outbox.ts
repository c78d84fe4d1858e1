import type { Sink, SinkHealth } from "./sink.ts";
import type { Watermarks } from "./watermarks.ts";

/** The alarm comes so long after the event that it is for, so that one pass takes many. */
const GATHER_MS = 200;
/** One pass ends after so long, and the next alarm goes on. */
const PASS_MS_MAX = 20_000;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 60_000;

interface SinkState {
  failures: number;
  retryAtMs: number;
  lastError: string | null;
  levelAtMs: number;
  /** It is to ship although it has every event. */
  isRefreshDue: boolean;
}

/**
 * Ships the journal to the sinks by alarm, never in the order path: each sink has its own position
 * and goes at its own pace. At most one request a sink is under way.
 */
export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #watermarks: Watermarks;
  readonly #sinks: readonly Sink[];
  readonly #lastSequence: () => number;
  readonly #states = new Map<string, SinkState>();
  #isArmed = false;

  /** @param lastSequence tells the sequence of the instrument's last event. */
  constructor(
    storage: DurableObjectStorage,
    watermarks: Watermarks,
    sinks: readonly Sink[],
    lastSequence: () => number,
  ) {
    this.#storage = storage;
    this.#watermarks = watermarks;
    this.#sinks = sinks;
    this.#lastSequence = lastSequence;
    const levelAtMs = Date.now();
    for (const { name } of sinks) {
      this.#states.set(name, { failures: 0, retryAtMs: 0, lastError: null, levelAtMs, isRefreshDue: false });
    }
  }

  /** Makes sure that an alarm comes. Call it in the turn that writes the events. */
  arm(): void {
    if (this.#isArmed || !this.#isBehind()) return;
    this.#isArmed = true;
    void this.#storage.setAlarm(Date.now() + GATHER_MS);
  }

  /** On start: an alarm that was lost, or has passed, is set again; one that is to come is left alone. */
  async rearm(): Promise<void> {
    const alarmMs = await this.#storage.getAlarm();
    this.#isArmed = alarmMs !== null && alarmMs > Date.now();
    this.arm();
  }

  /** Has a sink ship although it may have every event; none of that name does nothing. */
  refresh(sink: string): void {
    const state = this.#states.get(sink);
    if (state === undefined) return;
    state.isRefreshDue = true;
    this.arm();
  }

  /** One pass: what the alarm does. Never throws; sets the next alarm where work is left. */
  async run(): Promise<void> {
    this.#isArmed = true;
    const deadlineMs = Date.now() + PASS_MS_MAX;
    let busy = 0;
    const work = async (sink: Sink) => {
      busy++;
      await this.#drain(sink, deadlineMs);
      busy--;
      // One sink's slow work does not hold up the others: they go on beside it.
      while (busy > 0 && Date.now() < deadlineMs) {
        await scheduler.wait(GATHER_MS);
        if (!this.#isReady(sink.name)) continue;
        busy++;
        await this.#drain(sink, deadlineMs);
        busy--;
      }
    };
    await Promise.all(this.#sinks.map(work));
    this.#isArmed = this.#isBehind();
    if (this.#isArmed) await this.#storage.setAlarm(this.#nextTryMs());
  }

  health(): SinkHealth[] {
    const nowMs = Date.now();
    return this.#sinks.map(({ name }) => {
      const state = this.#state(name);
      const lastSequence = this.#watermarks.read(name);
      const lagEvents = this.#lastSequence() - lastSequence;
      return {
        sink: name,
        lastSequence,
        lagEvents,
        lagSeconds: lagEvents === 0 ? 0 : Math.max(0, (nowMs - state.levelAtMs) / 1000),
        failures: state.failures,
        lastError: state.lastError,
      };
    });
  }

  async #drain(sink: Sink, deadlineMs: number): Promise<void> {
    const state = this.#state(sink.name);
    try {
      while (Date.now() < deadlineMs && Date.now() >= state.retryAtMs) {
        if (!this.#wantsWork(sink.name)) {
          state.levelAtMs = Date.now();
          return;
        }
        const startedMs = Date.now();
        const isRefresh = state.isRefreshDue;
        state.isRefreshDue = false;
        try {
          this.#watermarks.move(sink.name, await sink.ship(this.#watermarks.read(sink.name)));
        } catch (error) {
          state.isRefreshDue ||= isRefresh;
          throw error;
        }
        state.failures = 0;
        state.lastError = null;
        if (!sink.isConflated) continue;
        state.levelAtMs = startedMs;
        return;
      }
    } catch (error) {
      state.failures++;
      state.retryAtMs = Date.now() + backoffMs(state.failures);
      state.lastError = String(error);
      console.error(
        JSON.stringify({
          level: "error",
          event: "outbox_failed",
          sink: sink.name,
          failures: state.failures,
          error: state.lastError,
        }),
      );
    }
  }

  #isBehind(): boolean {
    return this.#sinks.some(({ name }) => this.#wantsWork(name));
  }

  #wantsWork(name: string): boolean {
    return this.#watermarks.read(name) < this.#lastSequence() || this.#state(name).isRefreshDue;
  }

  #isReady(name: string): boolean {
    return this.#wantsWork(name) && Date.now() >= this.#state(name).retryAtMs;
  }

  /** A sink that is level needs no alarm, whenever it may try again. */
  #nextTryMs(): number {
    const behind = this.#sinks.filter(({ name }) => this.#wantsWork(name));
    const soonest = Math.min(...behind.map(({ name }) => this.#state(name).retryAtMs));
    return Math.max(soonest, Date.now() + GATHER_MS);
  }

  #state(name: string): SinkState {
    const state = this.#states.get(name);
    if (state === undefined) throw new Error(`no sink ${name}`);
    return state;
  }
}

/** Doubles with each failure up to a bound; half of it is random, so that objects do not come back as one. */
function backoffMs(failures: number): number {
  const full = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (failures - 1));
  return full / 2 + (Math.random() * full) / 2;
}

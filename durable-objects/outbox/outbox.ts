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
      this.#states.set(name, { failures: 0, retryAtMs: 0, lastError: null, levelAtMs });
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

  /** One pass: what the alarm does. Never throws; sets the next alarm where work is left. */
  async run(): Promise<void> {
    this.#isArmed = true;
    const deadlineMs = Date.now() + PASS_MS_MAX;
    await Promise.all(this.#sinks.map((sink) => this.#drain(sink, deadlineMs)));
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
        const position = this.#watermarks.read(sink.name);
        if (position >= this.#lastSequence()) {
          state.levelAtMs = Date.now();
          return;
        }
        this.#watermarks.move(sink.name, await sink.ship(position));
        state.failures = 0;
        state.lastError = null;
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
    return this.#sinks.some(({ name }) => this.#watermarks.read(name) < this.#lastSequence());
  }

  #nextTryMs(): number {
    const soonest = Math.min(...this.#sinks.map(({ name }) => this.#state(name).retryAtMs));
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

import type { Analytics } from "../analytics/analytics.ts";
import { ClientPruner } from "../journal/client-pruning.ts";
import { eventsRetained } from "../journal/journal-limit.ts";
import type { LiveInstrument } from "../journal/live-instrument.ts";
import { Pruner } from "../journal/pruning.ts";
import { Alarm } from "../outbox/alarm.ts";
import { Outbox } from "../outbox/outbox.ts";
import { Ownership } from "../outbox/sink/ownership.ts";
import { configuredSinks } from "../outbox/sinks.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Env } from "../runtime/env.ts";
import { Watermarks } from "../storage/watermarks.ts";
import type { Gate } from "./flush/gate.ts";
import type { InstrumentMetrics } from "./flush/metrics.ts";
import { Origin } from "./rebuild/origin.ts";

/** The parts that shipping uses. */
interface Shipped extends LiveInstrument {
  readonly storage: DurableObjectStorage;
  readonly gate: Gate;
  readonly clock: Clock;
  /** What else the alarm, which is the outbox's, must come for. */
  readonly dues: readonly (() => { readonly nextDueMs: number | undefined })[];
  readonly analytics: Analytics;
  readonly metrics: InstrumentMetrics;
}

/** Ships events to the sinks, and frees the storage of what was shipped. */
export class Shipping {
  readonly outbox: Outbox;
  readonly pruner: Pruner;
  readonly ownership: Ownership;
  readonly origin: Origin;
  readonly #clientPruner: ClientPruner;
  readonly #watermarks: Watermarks;
  readonly #hasPostgres: boolean;
  readonly #mayRestart: boolean;
  readonly #sequence: () => number;

  constructor(env: Env, shipped: Shipped) {
    const { storage, clock, spec, journal, gate, book, recentTrades, dues, analytics, metrics } = shipped;
    this.#hasPostgres = env.DATABASE_URL !== undefined;
    this.#mayRestart = env.HISTORY_MAY_RESTART === "true";
    this.#sequence = () => book().sequence;
    this.ownership = new Ownership(env, storage.sql, () => book().sequence > 0);
    const market = () => ({ book: book(), recentTrades: recentTrades() });
    const sinks = configuredSinks(env, spec, journal, market, this.ownership);
    this.#watermarks = new Watermarks(storage.sql);
    const live = () => {
      const times = dues.map((due) => due().nextDueMs).filter((time) => time !== undefined);
      const nextDueMs = times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
      return { sequence: book().sequence, nextDueMs };
    };
    const ring = (milliseconds: number) => clock.ringLater(spec.instrument, milliseconds);
    const alarm = new Alarm(storage, clock, ring);
    this.outbox = new Outbox(clock, alarm, this.#watermarks, sinks, live, metrics);
    this.origin = new Origin(spec, env, storage.sql, gate, this.ownership, clock, (reason) =>
      this.outbox.noteRefusal("postgres", reason),
    );
    const settle = () => analytics.settle();
    this.pruner = new Pruner(storage, spec, journal, eventsRetained(env.JOURNAL_EVENTS_RETAINED), settle);
    const forget = () => analytics.clients.forget();
    this.#clientPruner = new ClientPruner(storage, spec, journal, settle, forget);
  }

  /**
   * Runs at the start. An instrument from before venue ids existed claims its copies, even if nobody trades.
   */
  async start(): Promise<void> {
    const isEmpty = this.#sequence() === 0;
    this.origin.start(isEmpty);
    void this.origin.settle();
    if (!isEmpty && !this.ownership.isKept)
      for (const name of ["postgres", "redis"]) this.outbox.refresh(name);
    if (!isEmpty && this.#mayRestart) this.outbox.refresh("postgres");
    await this.outbox.rearm();
  }

  /** Resets the state after storage was rewritten. */
  forget(): void {
    this.#watermarks.forget();
    this.outbox.forgetFailures();
    this.#clientPruner.forget();
  }

  /** Ships to the sinks, then frees what is shipped. Without Postgres, nothing is ever freed. */
  async run(): Promise<void> {
    await this.outbox.run();
    if (this.#hasPostgres) await this.pruner.run(this.#watermarks.read("postgres"));
    await this.#clientPruner.run();
  }
}

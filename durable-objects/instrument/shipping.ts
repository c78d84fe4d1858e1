import type { Env } from "../env.ts";
import { Outbox } from "../outbox/outbox.ts";
import { configuredSinks } from "../outbox/sinks.ts";
import { Watermarks } from "../outbox/watermarks.ts";
import { eventsRetained } from "./journal-limit.ts";
import type { LiveInstrument } from "./live-instrument.ts";
import { Pruner } from "./pruning.ts";

/** What is shipped. */
interface Shipped extends LiveInstrument {
  readonly storage: DurableObjectStorage;
  /** What the alarm, which is the outbox's, is to come for beside shipping. */
  readonly dues: readonly (() => { readonly nextDueMs: number | undefined })[];
}

/** Takes events to where they are read from, and frees the storage of what is there. */
export class Shipping {
  readonly outbox: Outbox;
  readonly pruner: Pruner;
  readonly #watermarks: Watermarks;
  readonly #hasPostgres: boolean;

  constructor(env: Env, { storage, spec, journal, book, recentTrades, dues }: Shipped) {
    this.#hasPostgres = env.DATABASE_URL !== undefined;
    const market = () => ({ book: book(), recentTrades: recentTrades() });
    this.#watermarks = new Watermarks(storage.sql);
    this.outbox = new Outbox(storage, this.#watermarks, configuredSinks(env, spec, journal, market), () => {
      const times = dues.map((due) => due().nextDueMs).filter((time) => time !== undefined);
      const nextDueMs = times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
      return { sequence: book().sequence, nextDueMs };
    });
    this.pruner = new Pruner(storage, spec, journal, eventsRetained(env.JOURNAL_EVENTS_RETAINED));
  }

  /** After storage was written anew. */
  forget(): void {
    this.#watermarks.forget();
  }

  /** Ships what the sinks have not got, then frees what is shipped. Without Postgres nothing ever is. */
  async run(): Promise<void> {
    await this.outbox.run();
    if (this.#hasPostgres) await this.pruner.run(this.#watermarks.read("postgres"));
  }
}

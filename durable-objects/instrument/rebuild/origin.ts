import type { InstrumentSpec } from "../../../protocol/instrument-spec.ts";
import { NO_VENUE } from "../../../protocol/venue-id.ts";
import { connectPostgres } from "../../outbox/postgres/postgres-client.ts";
import type { Ownership } from "../../outbox/sink/ownership.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Env } from "../../runtime/env.ts";
import { log } from "../../runtime/log.ts";
import { Meta } from "../../storage/meta.ts";
import type { Gate } from "../flush/gate.ts";

const REQUEST_MS_MAX = 3_000;
/** The least time between a failure and the next question to Postgres. */
const RETRY_MS = 1_000;
/**
 * The instruments that have started in this process. A Postgres that was new at the first start is not new at
 * a later one.
 */
const begun = new Set<string>();

/**
 * Decides whether an object with empty storage is a new instrument or one whose storage was lost. Only
 * Postgres knows: if it has rows of the instrument, accepting orders would assign numbers twice. An
 * instrument therefore asks before the first order of its life, and accepts none until it has an answer. It
 * need not ask a Postgres that was created when the process started (`HISTORY_IS_NEW`), unless the instrument
 * starts again in the same process.
 */
export class Origin {
  readonly #spec: InstrumentSpec;
  readonly #env: Env;
  readonly #meta: Meta;
  readonly #gate: Gate;
  readonly #ownership: Ownership;
  readonly #clock: Clock;
  readonly #tell: (reason: string) => void;
  #retryAtMs = 0;
  #asking: Promise<void> | undefined;

  /** @param tell receives a message if the rows in Postgres belong to another venue. */
  constructor(
    spec: InstrumentSpec,
    env: Env,
    sql: SqlStorage,
    gate: Gate,
    ownership: Ownership,
    clock: Clock,
    tell: (reason: string) => void,
  ) {
    this.#spec = spec;
    this.#env = env;
    this.#meta = new Meta(sql);
    this.#gate = gate;
    this.#ownership = ownership;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Runs at the start. @param isEmpty whether nothing is stored. */
  start(isEmpty: boolean): void {
    const isSettled = !isEmpty || this.#env.DATABASE_URL === undefined || this.#meta.read("is_new") === 1;
    const isFirst = !begun.has(this.#spec.instrument);
    begun.add(this.#spec.instrument);
    const isProven = !isSettled && isFirst && this.#env.HISTORY_IS_NEW === "true";
    if (isProven) this.#settleNew();
    this.#gate.isOriginKnown = isSettled || isProven;
  }

  /** Asks Postgres, if necessary and if no failure is too recent. It never throws. */
  async settle(): Promise<void> {
    if (this.#gate.isOriginKnown || this.#clock.nowMs() < this.#retryAtMs) return;
    this.#asking ??= this.#ask();
    await this.#asking;
    this.#asking = undefined;
  }

  async #ask(): Promise<void> {
    const { instrument } = this.#spec;
    try {
      const sql = connectPostgres(
        this.#env.DATABASE_URL ?? "",
        this.#env.NEON_FETCH_ENDPOINT,
        REQUEST_MS_MAX,
      );
      const rows = await sql`
        SELECT venue_id, epoch, last_sequence FROM watermarks WHERE instrument = ${instrument}`;
      const venueId = await this.#ownership.venueId();
      if (rows[0] === undefined) this.#settleNew();
      else {
        const owner = rows[0].venue_id ?? NO_VENUE;
        this.#gate.change("lost", owner === venueId ? "storage_lost" : "other_venue");
        if (owner !== venueId)
          this.#tell(`Postgres has ${instrument} of venue ${owner}; this is venue ${venueId}`);
        log("error", "storage_lost", { instrument, this_venue_id: venueId, ...rows[0] });
      }
      this.#gate.isOriginKnown = true;
    } catch (error) {
      this.#retryAtMs = this.#clock.nowMs() + RETRY_MS;
      log("error", "origin_unknown", { instrument, error: String(error) });
    }
  }

  /** Marks the instrument as new, even if another database, configured before, made it appear lost. */
  #settleNew(): void {
    if (this.#gate.status === "lost" && this.#meta.read("is_rebuilding") !== 1)
      this.#gate.change("trading", "database_changed");
    this.#meta.write("is_new", 1);
  }
}

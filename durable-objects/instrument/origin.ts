import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { Env } from "../env.ts";
import { connectPostgres } from "../outbox/postgres-client.ts";
import type { Gate } from "./gate.ts";
import { Meta } from "./meta.ts";

const REQUEST_MS_MAX = 3_000;
/** After a failure Postgres is asked again so much later at the earliest. */
const RETRY_MS = 1_000;

/**
 * An object that has nothing stored is a new instrument, or one whose storage was lost. Only Postgres can
 * tell: if it has anything of the instrument, taking orders would give the same numbers twice. So before
 * the first order of its life an instrument asks, and takes none until it has an answer.
 */
export class Origin {
  readonly #spec: InstrumentSpec;
  readonly #env: Env;
  readonly #meta: Meta;
  readonly #gate: Gate;
  #retryAtMs = 0;
  #asking: Promise<void> | undefined;

  constructor(spec: InstrumentSpec, env: Env, sql: SqlStorage, gate: Gate) {
    this.#spec = spec;
    this.#env = env;
    this.#meta = new Meta(sql);
    this.#gate = gate;
  }

  /** On start. @param isEmpty whether nothing is stored. */
  start(isEmpty: boolean): void {
    const isSettled = !isEmpty || this.#env.DATABASE_URL === undefined || this.#meta.read("is_new") === 1;
    this.#gate.isOriginKnown = isSettled;
  }

  /** Asks, if it must be asked and not too soon after a failure. Never throws. */
  async settle(): Promise<void> {
    if (this.#gate.isOriginKnown || Date.now() < this.#retryAtMs) return;
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
      const rows = await sql`SELECT epoch, last_sequence FROM watermarks WHERE instrument = ${instrument}`;
      if (rows.length === 0) this.#meta.write("is_new", 1);
      else {
        this.#gate.status = "lost";
        console.error(JSON.stringify({ level: "error", event: "storage_lost", instrument, ...rows[0] }));
      }
      this.#gate.isOriginKnown = true;
    } catch (error) {
      this.#retryAtMs = Date.now() + RETRY_MS;
      console.error(
        JSON.stringify({ level: "error", event: "origin_unknown", instrument, error: String(error) }),
      );
    }
  }
}

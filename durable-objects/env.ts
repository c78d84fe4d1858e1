import type { Instrument } from "./instrument/instrument.ts";

/** What the host binds for the objects and the worker; see wrangler.toml. */
export interface Env {
  readonly INSTRUMENT: DurableObjectNamespace<Instrument>;
  /** The configured instruments, read by `readInstrumentSpecs`. */
  readonly INSTRUMENTS: unknown;
  /** Postgres, for history; nothing is shipped where it is not set. */
  readonly DATABASE_URL?: string;
  /** Where history is read, such as a read replica; DATABASE_URL where it is not set. */
  readonly DATABASE_READ_URL?: string;
  /** Takes the place of Neon's own address. */
  readonly NEON_FETCH_ENDPOINT?: string;
}

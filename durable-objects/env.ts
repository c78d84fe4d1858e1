import type { Instrument } from "./instrument/instrument.ts";

/** What the host binds for the objects and the worker; see wrangler.toml. */
export interface Env {
  readonly INSTRUMENT: DurableObjectNamespace<Instrument>;
  /** The configured instruments, read by `readInstrumentSpecs`. */
  readonly INSTRUMENTS: unknown;
  /** Postgres, for history; nothing is shipped where it is not set. */
  readonly DATABASE_URL?: string;
  /** Takes the place of Neon's own address. */
  readonly NEON_FETCH_ENDPOINT?: string;
  /** The bearer token of the operators' routes; without it there are none. */
  readonly ADMIN_TOKEN?: string;
  /** Above this many bytes of storage an instrument takes no new orders. */
  readonly STORAGE_BYTES_MAX?: string;
}

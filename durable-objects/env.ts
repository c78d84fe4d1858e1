import type { Instrument } from "./instrument/instrument.ts";

/** What the host binds for the objects and the worker; see wrangler.toml. */
export interface Env {
  readonly INSTRUMENT: DurableObjectNamespace<Instrument>;
  /** The configured instruments, read by `readInstrumentSpecs`. */
  readonly INSTRUMENTS: unknown;
}

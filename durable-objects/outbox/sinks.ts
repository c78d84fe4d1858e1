import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import type { Env } from "../env.ts";
import type { Journal } from "../instrument/journal.ts";
import { PostgresSink } from "./postgres-sink.ts";
import type { Sink } from "./sink.ts";

/** The sinks that the environment configures. */
export function configuredSinks(env: Env, spec: InstrumentSpec, journal: Journal): Sink[] {
  const sinks: Sink[] = [];
  if (env.DATABASE_URL !== undefined) {
    sinks.push(new PostgresSink(spec, journal, env.DATABASE_URL, env.NEON_FETCH_ENDPOINT));
  }
  return sinks;
}

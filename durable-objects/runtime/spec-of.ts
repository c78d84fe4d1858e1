import { type InstrumentSpec, readInstrumentSpecs } from "../../protocol/instrument-spec.ts";
import type { Env } from "./env.ts";

/** The configured instrument that this object represents. */
export function specOf(ctx: DurableObjectState, env: Env): InstrumentSpec {
  const spec = readInstrumentSpecs(env.INSTRUMENTS).find(({ instrument }) =>
    env.INSTRUMENT.idFromName(instrument).equals(ctx.id),
  );
  if (spec === undefined) throw new Error("this object belongs to no configured instrument");
  return spec;
}

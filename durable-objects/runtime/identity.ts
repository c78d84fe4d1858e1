import { DurableObject } from "cloudflare:workers";
import type { IdentityCalls } from "../calls/instrument-calls.ts";
import type { Env } from "./env.ts";

/** Stores the generated id of a venue without a configured one. There is one such object. */
export class Identity extends DurableObject<Env> implements IdentityCalls {
  /** The venue's id, generated on the first call. */
  venueId(): string {
    const { kv } = this.ctx.storage;
    const kept = kv.get<string>("venue_id");
    if (kept !== undefined) return kept;
    const made = crypto.randomUUID();
    kv.put("venue_id", made);
    return made;
  }
}

import { DurableObject } from "cloudflare:workers";
import { readVenueId } from "../../protocol/venue-id.ts";
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

/** The generated id, once this isolate has read it. It never changes. */
let made: string | undefined;

/**
 * The id of this venue: VENUE_ID, or the generated id. @throws if the object that stores it cannot be
 * reached.
 */
export async function venueIdOf(env: Env): Promise<string> {
  const configured = readVenueId(env.VENUE_ID);
  if (configured !== undefined) return configured;
  made ??= await env.IDENTITY.getByName("venue").venueId();
  return made;
}

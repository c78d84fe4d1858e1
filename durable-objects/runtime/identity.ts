import { DurableObject } from "cloudflare:workers";
import { readVenueId } from "../../protocol/venue-id.ts";
import type { IdentityCalls } from "../calls/instrument-calls.ts";
import type { Env } from "./env.ts";

/** Keeps the id of a venue that none is configured for. There is one of it. */
export class Identity extends DurableObject<Env> implements IdentityCalls {
  /** The venue's id, made when it is first asked for. */
  venueId(): string {
    const { kv } = this.ctx.storage;
    const kept = kv.get<string>("venue_id");
    if (kept !== undefined) return kept;
    const made = crypto.randomUUID();
    kv.put("venue_id", made);
    return made;
  }
}

/** What was made, once it is known in this isolate: it never changes. */
let made: string | undefined;

/** The id of this venue: VENUE_ID, or else the one that was made for it. @throws if it cannot be asked for. */
export async function venueIdOf(env: Env): Promise<string> {
  const configured = readVenueId(env.VENUE_ID);
  if (configured !== undefined) return configured;
  made ??= await env.IDENTITY.getByName("venue").venueId();
  return made;
}

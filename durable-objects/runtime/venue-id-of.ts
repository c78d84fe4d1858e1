import { readVenueId } from "../../protocol/venue-id.ts";
import type { Env } from "./env.ts";

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

import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readVenueId } from "../protocol/venue-id.ts";

/**
 * The id of the venue of a data folder: the one stored in the folder, the configured one, or a new one. The
 * folder stores it from then on.
 * @throws if the configured id differs from the stored one.
 */
export function ensureVenueId(dataFolder: string, configured: string | undefined): string {
  const file = join(dataFolder, "venue-id");
  const wanted = readVenueId(configured);
  if (!existsSync(file)) {
    const venueId = wanted ?? randomUUID();
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    // Atomic, and never over a file that another process has just made.
    writeFileSync(file, `${venueId}\n`, { mode: 0o600, flag: "wx" });
    return venueId;
  }
  const kept = readVenueId(readFileSync(file, "utf8").trim());
  if (kept === undefined) throw new Error(`${file} is empty: write the venue's id to it`);
  if (wanted !== undefined && wanted !== kept)
    throw new Error(`${dataFolder} belongs to venue ${kept}; VENUE_ID is ${wanted}`);
  return kept;
}

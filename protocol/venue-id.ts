const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What stands for the id of rows from before venues had one. */
export const NO_VENUE = "none";

/** Whether a text can be a venue's id. */
export function isVenueId(text: string): boolean {
  return UUID.test(text);
}

/**
 * Reads a venue's id from its variable, in lower case; undefined where the variable is not set or empty.
 * @throws if it is no UUID.
 */
export function readVenueId(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (!isVenueId(text)) throw new Error(`VENUE_ID must be a UUID, and is "${text}"`);
  return text.toLowerCase();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The venue id of rows written before venues had ids. */
export const NO_VENUE = "none";

/** Whether a text is a valid venue id. */
export function isVenueId(text: string): boolean {
  return UUID.test(text);
}

/**
 * Reads a venue id from its variable, in lower case. Returns undefined if the variable is not set or empty.
 * @throws if the text is not a UUID.
 */
export function readVenueId(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (!isVenueId(text)) throw new Error(`VENUE_ID must be a UUID, but is "${text}"`);
  return text.toLowerCase();
}

/**
 * What was reached belongs to another venue. It stays so until somebody looks. The message names both ids and
 * may be shown to anybody.
 */
export class OtherVenueError extends Error {
  override readonly name = "OtherVenueError";
}

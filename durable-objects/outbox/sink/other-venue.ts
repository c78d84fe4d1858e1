import { ShownError } from "./shown-error.ts";

/**
 * What was reached belongs to another venue. It stays so until somebody looks. The message names both ids.
 */
export class OtherVenueError extends ShownError {
  override readonly name = "OtherVenueError";
}

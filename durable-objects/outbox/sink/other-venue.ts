import { ShownError } from "./shown-error.ts";

/**
 * The reached copy belongs to another venue. That does not change until an operator acts. The message names
 * both ids.
 */
export class OtherVenueError extends ShownError {
  override readonly name = "OtherVenueError";
}

/** An error whose message is safe to show to anybody. */
export class ShownError extends Error {
  override readonly name: string = "ShownError";
}

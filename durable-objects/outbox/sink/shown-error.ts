/** An error in words of our own, which may be shown to anybody. */
export class ShownError extends Error {
  override readonly name: string = "ShownError";
}

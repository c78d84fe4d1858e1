/**
 * What the application needs of the program that runs it, and what differs between workerd and Node. There is
 * one implementation for each.
 */
export interface Platform {
  /** Compares bytes of the same length, in a time that does not depend on them. */
  readonly isEqual: (one: ArrayBuffer, other: ArrayBuffer) => boolean;
  /** Swagger UI's script and style, as texts. */
  readonly docsAssets: { readonly script: string; readonly style: string };
}

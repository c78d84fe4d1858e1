/** What is used of the module that the runtime brings: a digest without an await. */
declare module "node:crypto" {
  export function createHash(algorithm: "sha256"): {
    update(text: string): { digest(encoding: "hex"): string };
  };
}

/** The part of the runtime's module that is used: a synchronous digest. */
declare module "node:crypto" {
  export function createHash(algorithm: "sha256"): {
    update(text: string): { digest(encoding: "hex"): string };
  };
}

import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Makes a folder that its user alone may enter, and has one that is there already be so too. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/**
 * Writes a file that its user alone may read, from its first byte on: one that is there, which others may have
 * been able to read, is replaced and not written to.
 */
export function writeSecretFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: "wx" });
  renameSync(fresh, path);
}

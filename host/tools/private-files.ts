import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Makes a folder that only its user may enter. An existing folder gets the same permissions. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/**
 * Writes a file that only its user may read, from its first byte on. An existing file, which others may have
 * been able to read, is replaced and not overwritten.
 */
export function writeSecretFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: "wx" });
  renameSync(fresh, path);
}

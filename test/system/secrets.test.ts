import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { writeSecretFile } from "../../host/tools/private-files.ts";
import { freePort } from "../support/free-port.ts";
import { place } from "./support/calls.ts";
import { type Program, start, temporaryFolder } from "./support/venue-runner.ts";

let program: Program | undefined;
afterEach(() => program?.killGroup());

/** Every file below a folder that another user could read, with its mode and path. */
function readableByOthers(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const { mode } = statSync(path);
    if (entry.isDirectory()) return (mode & 0o011) === 0 ? [] : readableByOthers(path);
    return (mode & 0o044) === 0 ? [] : [`${(mode & 0o777).toString(8)} ${path}`];
  });
}

test("only its user can read what npm start stores, even if an earlier version left it readable", async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "workerd.capnp"), "of an earlier version", { mode: 0o644 });
  for (const name of ["objects", "postgres"]) {
    mkdirSync(join(folder, name), { mode: 0o755 });
    chmodSync(join(folder, name), 0o755);
  }
  const before = process.umask(0);
  const port = String(await freePort());
  try {
    program = start({ PORT: port, DATA_DIR: folder });
  } finally {
    process.umask(before);
  }
  await program.line(/Edgebook trades at/);
  await place(`http://127.0.0.1:${port}`);
  const token = readFileSync(join(folder, "admin-token"), "utf8").trim();
  expect(readFileSync(join(folder, "workerd.capnp"), "utf8")).toContain(token);
  expect(readdirSync(join(folder, "objects")).length).toBeGreaterThan(0);
  expect(readableByOthers(folder)).toEqual([]);
  await program.stop();
});

test("a secret is not written to a file that another process has open", () => {
  const path = join(temporaryFolder(), "secret");
  writeFileSync(path, "old", { mode: 0o644 });
  const open = openSync(path, "r");
  writeSecretFile(path, "the secret");
  expect(readFileSync(open, "utf8")).toBe("old");
  closeSync(open);
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["the secret", 0o600]);
});

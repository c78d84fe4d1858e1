import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@stryker-mutator/api/logging";
import { Instrumenter } from "@stryker-mutator/instrumenter";

const ROOT = join(import.meta.dirname, "../..");

/** One change to the engine, which a suite should notice. */
export interface Mutant {
  readonly id: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly mutator: string;
  readonly replacement: string;
}

const silent = new Proxy({}, { get: () => () => false }) as Logger;

/**
 * Copies the engine and its tests to a folder of their own, with every mutant of the engine in it, each behind
 * a switch. What an error says is left alone: nobody decides by it.
 */
export async function instrumentEngine(
  only: string | undefined,
): Promise<{ folder: string; mutants: Mutant[] }> {
  const folder = mkdtempSync(join(tmpdir(), "edgebook-mutants-"));
  mkdirSync(join(folder, "test"));
  for (const part of ["engine", "test/engine", "test/support", "test/mutation", "docs", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const names = readdirSync(join(ROOT, "engine")).filter((name) => only === undefined || name === only);
  const files = names.map((name) => ({
    name: join(folder, "engine", name),
    content: readFileSync(join(ROOT, "engine", name), "utf8"),
    mutate: true,
  }));
  const options = { plugins: null, ignorers: [], excludedMutations: [], noHeader: false };
  const result = await new Instrumenter(silent).instrument(files, options);
  for (const { name, content } of result.files) writeFileSync(name, content);
  const sources = new Map(files.map(({ name, content }) => [name, content.split("\n")]));
  const mutants = result.mutants.flatMap((mutant): Mutant[] => {
    const { id, fileName, location, mutatorName, replacement } = mutant;
    const text = sources.get(fileName)?.[location.start.line] ?? "";
    if (/throw new \w*Error|function missing/.test(text) && mutatorName === "StringLiteral") return [];
    const file = fileName.slice(folder.length + 1);
    return [{ id, file, line: location.start.line + 1, mutator: mutatorName, replacement }];
  });
  return { folder, mutants };
}

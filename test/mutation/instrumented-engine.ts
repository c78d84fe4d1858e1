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
import { basename, join } from "node:path";
import type { Location } from "@stryker-mutator/api/core";
import type { Logger } from "@stryker-mutator/api/logging";
import { Instrumenter } from "@stryker-mutator/instrumenter";

const ROOT = join(import.meta.dirname, "../..");

/** One change to the engine, which a test should detect. */
export interface Mutant {
  readonly id: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly original: string;
  readonly replacement: string;
}

/** The part of Stryker's code that counts how often each mutant is reached. */
const COUNTING = /^function stryCov_9fa48\(\) \{[\s\S]*?^\}\n/m;
/** A faster replacement that suffices: the mutants reached while the engine is imported. */
const REACHING = `function stryCov_9fa48(...ids) {
  const { reached } = stryNS_9fa48();
  if (reached === undefined) stryCov_9fa48 = () => {};
  else for (const id of ids) reached.add(id);
}
`;
/**
 * How Stryker's code reads the active mutant from the environment. A test that reaches it too often is in an
 * endless loop.
 */
const FROM_ENVIRONMENT = "ns.activeMutant = g.process.env.__STRYKER_ACTIVE_MUTANT__;";
const HITS_MAX = 10_000_000;

const silent = new Proxy({}, { get: () => () => false }) as Logger;

/**
 * Copies the engine and its tests to a separate folder, with every mutant of the engine behind a switch.
 * Texts of errors are not mutated: nothing depends on them.
 */
export async function instrumentEngine(
  only: string | undefined,
): Promise<{ folder: string; mutants: Mutant[] }> {
  const folder = mkdtempSync(join(tmpdir(), "edgebook-mutants-"));
  mkdirSync(join(folder, "test"));
  for (const part of ["engine", "test/engine", "test/support", "test/mutation", "docs", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const names = readdirSync(join(ROOT, "engine"), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && (only === undefined || basename(name) === only),
  );
  const files = names.map((name) => ({
    name: join(folder, "engine", name),
    content: readFileSync(join(ROOT, "engine", name), "utf8"),
    mutate: true,
  }));
  const options = { plugins: null, ignorers: [], excludedMutations: [], noHeader: false };
  const result = await new Instrumenter(silent).instrument(files, options);
  for (const { name, content } of result.files) writeFileSync(name, withQuickSwitches(content));
  const sources = new Map(files.map(({ name, content }) => [name, content.split("\n")]));
  const mutants = result.mutants.flatMap((mutant): Mutant[] => {
    const { id, fileName, location, mutatorName, replacement } = mutant;
    const lines = sources.get(fileName) ?? [];
    const text = lines[location.start.line] ?? "";
    if (/throw new \w*Error|function missing|raise\(/.test(text) && mutatorName === "StringLiteral")
      return [];
    const file = fileName.slice(folder.length + 1);
    return [{ id, file, line: location.start.line + 1, original: textAt(lines, location), replacement }];
  });
  return { folder, mutants };
}

function textAt(lines: readonly string[], { start, end }: Location): string {
  const last = lines[end.line]?.slice(0, end.column) ?? "";
  if (start.line === end.line) return last.slice(start.column);
  return [lines[start.line]?.slice(start.column), ...lines.slice(start.line + 1, end.line), last].join("\n");
}

function withQuickSwitches(content: string): string {
  const limited = `${FROM_ENVIRONMENT} ns.hitCount = 0; ns.hitLimit = ${HITS_MAX};`;
  const quick = content.replace(COUNTING, REACHING).replace(FROM_ENVIRONMENT, limited);
  if (content.includes("stryCov_9fa48") && !(quick.includes(REACHING) && quick.includes(limited)))
    throw new Error("the code of Stryker's switches has changed");
  return quick;
}

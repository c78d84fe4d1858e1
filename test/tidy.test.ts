import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  CODE_FOLDERS,
  closedDoors,
  clumsyPhrases,
  crowdedRooms,
  folderOf,
  importCircles,
  impurities,
  leftovers,
  lineCount,
  MAXIMUM_FILE_LINES,
  outwardImports,
  revelations,
  risingImports,
  type SourceFile,
  suppressions,
} from "./support/house-rules.ts";
import { LONGEST } from "./support/longest-first.ts";

/** Files that may be longer, with their lengths. A ratchet: entries may only shrink and disappear. */
const LONG_FILES: Readonly<Record<string, number>> = {};
/**
 * Files that may disable lint rules, and how often. A ratchet too. The maximum length of functions is such a
 * rule.
 */
const SUPPRESSIONS: Readonly<Record<string, number>> = {};

/** Every file that is committed or could be. */
const FILES: SourceFile[] = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"])
  .toString()
  .split("\n")
  .filter((path) => path !== "" && existsSync(path))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }))
  .filter(({ text }) => !text.includes("\0"));
const CODE = FILES.filter(({ path }) => CODE_FOLDERS.includes(folderOf(path)) && /\.[cm]?[jt]s$/.test(path));

describe("house rules", () => {
  test("there is code to check", () => {
    expect(CODE.length).toBeGreaterThan(30);
  });

  test("the engine is pure", () => {
    expect(CODE.filter(({ path }) => folderOf(path) === "engine").flatMap(impurities)).toEqual([]);
  });

  test("imports point one way", () => {
    expect(CODE.flatMap(outwardImports)).toEqual([]);
  });

  test("no import goes up a floor, and none in a circle", () => {
    expect(CODE.flatMap(risingImports)).toEqual([]);
    expect(importCircles(CODE)).toEqual([]);
  });

  test("no room is crowded", () => {
    expect(crowdedRooms(CODE.map(({ path }) => path))).toEqual([]);
  });

  test("the worker imports only the public parts of the objects", () => {
    expect(CODE.flatMap(closedDoors)).toEqual([]);
  });

  test("nothing is left over", () => {
    expect(CODE.flatMap(leftovers)).toEqual([]);
  });

  test(`no file has more than ${MAXIMUM_FILE_LINES} lines`, () => {
    const long = CODE.filter((file) => lineCount(file) > (LONG_FILES[file.path] ?? MAXIMUM_FILE_LINES));
    expect(long.map((file) => `${file.path}: ${lineCount(file)}`)).toEqual([]);
    const shrunk = Object.keys(LONG_FILES).filter(
      (path) => !CODE.some((file) => file.path === path && lineCount(file) === LONG_FILES[path]),
    );
    expect(shrunk, "lower or remove their entries in LONG_FILES").toEqual([]);
  });

  test("the files that start first exist", () => {
    expect(LONGEST.filter((path) => !existsSync(path))).toEqual([]);
  });

  test("lint rules are switched off only where agreed", () => {
    const counts = Object.fromEntries(
      CODE.map((file) => [file.path, suppressions(file).length] as const).filter(([, count]) => count > 0),
    );
    expect(counts).toEqual(SUPPRESSIONS);
  });

  test("no phrase is clumsy", () => {
    expect(CODE.flatMap(clumsyPhrases)).toEqual([]);
  });

  test("no text reveals where the project was made", () => {
    expect(FILES.flatMap(revelations)).toEqual([]);
  });
});

describe("the house rules themselves", () => {
  const file = (path: string, ...lines: string[]): SourceFile => ({ path, text: lines.join("\n") });

  test("find impure code, and ignore comments", () => {
    const bad = [
      "const a = Date.now();",
      "async function f() {}",
      'import fs from "node:fs";',
      'import "../test/a.ts";',
    ];
    for (const line of bad) expect(impurities(file("engine/a.ts", line)), line).toHaveLength(1);
    const good = [
      "// the process of a Date",
      "/** never await */",
      'import "./b.ts";',
      "const update = candidates;",
    ];
    expect(impurities(file("engine/a.ts", ...good))).toEqual([]);
  });

  test("find imports that point outward", () => {
    const outward = [
      ["engine/a.ts", "../protocol/b.ts"],
      ["protocol/deep/a.ts", "../../worker/b.ts"],
      ["durable-objects/x/a.ts", "../../test/b.ts"],
      ["worker/a.ts", "../dev/b.ts"],
    ] as const;
    for (const [path, target] of outward) {
      expect(outwardImports(file(path, `import { b } from "${target}";`)), path).toHaveLength(1);
      expect(outwardImports(file(path, `const b = await import("${target}");`)), path).toHaveLength(1);
    }
    expect(outwardImports(file("worker/a.ts", 'import { b } from "../engine/b.ts";'))).toEqual([]);
    expect(outwardImports(file("load/a.ts", 'import { b } from "../test/b.ts";'))).toEqual([]);
  });

  test("find imports that go up, sideways, or in a circle, and rooms without a floor", () => {
    const imports = (path: string, target: string) => file(path, `import { b } from "${target}";`);
    const rising = [
      ["durable-objects/storage/a.ts", "../journal/b.ts"],
      ["durable-objects/runtime/a.ts", "../records/b.ts"],
      ["durable-objects/instrument/flush/a.ts", "../b.ts"],
      ["engine/book/a.ts", "../b.ts"],
      ["durable-objects/elsewhere/a.ts", "./b.ts"],
    ] as const;
    for (const [path, target] of rising) expect(risingImports(imports(path, target)), path).toHaveLength(1);
    expect(risingImports(imports("durable-objects/journal/a.ts", "../storage/b.ts"))).toEqual([]);
    expect(risingImports(imports("durable-objects/journal/a.ts", "./b.ts"))).toEqual([]);
    const circle = [
      imports("a/a.ts", "./b.ts"),
      imports("a/b.ts", "../c/c.ts"),
      imports("c/c.ts", "../a/a.ts"),
    ];
    expect(importCircles(circle)).toEqual(["a/a.ts → a/b.ts → c/c.ts → a/a.ts"]);
    expect(importCircles(circle.slice(1))).toEqual([]);
  });

  test("find crowded rooms", () => {
    const room = (folder: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${folder}/${index}.ts`);
    const files = [
      ...room("durable-objects/a", 18),
      ...room("durable-objects/b", 19),
      ...room("test/a", 30),
      ...room("test/b", 31),
    ];
    expect(crowdedRooms(files)).toEqual(["durable-objects/b: 19", "test/b: 31"]);
  });

  test("find imports of private parts of the objects by the worker", () => {
    const imports = (path: string, target: string) => file(path, `import { b } from "${target}";`);
    expect(closedDoors(imports("worker/routes/a.ts", "../../durable-objects/instrument/b.ts"))).toHaveLength(
      1,
    );
    expect(closedDoors(imports("worker/a.ts", "../durable-objects/journal/b.ts"))).toHaveLength(1);
    expect(closedDoors(imports("worker/a.ts", "../durable-objects/calls/b.ts"))).toEqual([]);
    expect(closedDoors(imports("worker/index.ts", "../durable-objects/instrument/b.ts"))).toEqual([]);
  });

  test("find leftovers, but not a test skipped with a reason", () => {
    const bad = ["// TO_DO later", "de_bugger;", "test.on_ly('a');", "test.sk_ip('a');"];
    for (const line of bad)
      expect(leftovers(file("engine/a.ts", line.replace("_", ""))), line).toHaveLength(1);
    expect(leftovers(file("test/a.ts", "test.sk_ip('a'); // because b".replace("_", "")))).toEqual([]);
  });

  test("find lists that are spread into arguments", () => {
    const bad = [
      "all.push(...list);",
      "all.push(1, ...list);",
      "Math.max(...list);",
      "new Map<number, number>(...list);",
      "sql.exec<Row>(query, ...list);",
      "all.splice(0, 1, ...list.slice(1));",
      "String.fromCharCode.apply(null, list);",
      "Reflect.apply(Math.max, Math, list);",
    ];
    const good = [
      "const all = [...list, ...others];",
      "all.push(...[1, 2]);",
      "function f(...list: number[]) {}",
      "const g = (first: number, ...others: number[]) => [first, ...others];",
      "h({ ...a, b: [...c] });",
      "state.apply(message, list);",
    ];
    const folders = ["client", "durable-objects/feed", "engine", "protocol", "worker"];
    const files = folders.flatMap((folder) => [
      file(`${folder}/bad.ts`, ...bad),
      file(`${folder}/good.ts`, ...good),
    ]);
    const expected = folders.flatMap((folder) => bad.map((_, index) => `${folder}/bad.ts:${index + 1}`));
    expect(spreadsIn(files)).toEqual(expected);
  });

  test("find local paths and package hosts", () => {
    const bad = ["/wo_rk/main", "/tm_p/wt-a", "https://regis_try.example.com/a", "/ho_me/me"];
    for (const line of bad)
      expect(revelations(file("README.md", line.replace("_", ""))), line).toHaveLength(1);
    expect(revelations(file("README.md", "it works, see https://example.com/work and ./work"))).toEqual([]);
  });

  test("find clumsy phrases", () => {
    const bad = [
      "a channel that te_lls of a trade",
      "wh_o is slow is disconnected",
      "su_ch a one is rejected",
    ];
    for (const line of bad)
      expect(clumsyPhrases(file("a.ts", `// ${line.replace("_", "")}`))).toHaveLength(1);
    expect(clumsyPhrases(file("a.ts", "// a client that is slow, and what it told"))).toEqual([]);
  });

  test("count lines and suppressions", () => {
    expect([lineCount(file("a", "x", "y")), lineCount(file("a", "x", "y", ""))]).toEqual([2, 2]);
    expect(lineCount(file("a", "const b = {", "  c,", '  d: "e",', "  f: g(1),", "};"))).toBe(3);
    expect(lineCount(file("a", "import {", "  b,", '} from "./b.ts";', 'import "./c.ts";', "", "x"))).toBe(2);
    expect(suppressions(file("a", "// bio_me-ignore x".replace("_", "")))).toHaveLength(1);
  });
});

/**
 * The lines, as `file:line`, at which the linter's rule about spreading finds faults in files with these
 * texts.
 */
function spreadsIn(files: readonly SourceFile[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "house-rules-"));
  try {
    for (const name of ["biome.json", "spread.grit"]) copyFileSync(name, join(folder, name));
    for (const { path, text } of files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const lint = ["lint", "--reporter=github", "--max-diagnostics=200", "--vcs-enabled=false", folder];
    const biome = resolve("node_modules/@biomejs/biome/bin/biome");
    const { stdout } = spawnSync(process.execPath, [biome, ...lint], { cwd: folder, encoding: "utf8" });
    const found = stdout.matchAll(/title=plugin,file=(\S+?),line=(\d+)/g);
    return Array.from(found, ([, path = "", line]) => `${path.replace(`${folder}/`, "")}:${line}`).sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { isCurrent } from "../../host/bundle-record.ts";
import { copyProjectTo } from "./support/project-copy.ts";
import { temporaryFolder } from "./support/venue-runner.ts";

const BUNDLE = "dist/bundle/index.js";
const RECORD = "dist/bundle.json";
const MADE = "made a new bundle";
const KEPT = "the bundle is up to date";
const folder = temporaryFolder();
const inProject = (path: string) => join(folder, path);
const bundleText = () => readFileSync(inProject(BUNDLE), "utf8");

/** Runs the build in the copy. @returns its output. */
function build(): string {
  const options = { cwd: folder, encoding: "utf8" } as const;
  return execFileSync(process.execPath, [inProject("host/build.ts")], options).trim();
}

/** Whether the build would change nothing. */
function isKept(): boolean {
  return isCurrent(folder, inProject("dist/bundle"), inProject(RECORD));
}

/** Changes a source, which then looks old. */
function change(path: string, edit: (text: string) => string): void {
  writeFileSync(inProject(path), edit(readFileSync(inProject(path), "utf8")));
  utimesSync(inProject(path), 1, 1);
}

function textName(): string {
  return readdirSync(inProject("dist/bundle")).find((name) => name.endsWith(".txt")) ?? "";
}

beforeAll(() => {
  copyProjectTo(folder);
  expect(build()).toBe(MADE);
});

describe("the bundle", () => {
  test("is kept if nothing has changed, even if a source looks newer", () => {
    const before = statSync(inProject(BUNDLE));
    utimesSync(inProject("worker/index.ts"), new Date(), new Date());
    expect(build()).toBe(KEPT);
    expect(statSync(inProject(BUNDLE)).ino).toBe(before.ino);
  });

  test("includes a changed source, however old it looks", () => {
    change("worker/routes/public.ts", (text) => `${text}\nconsole.log("a mark of this test");\n`);
    expect(build()).toBe(MADE);
    expect(bundleText()).toContain("a mark of this test");
    expect(build()).toBe(KEPT);
    change("worker/routes/public.ts", (text) => text.replace(/\n.*a mark of this test.*\n/, ""));
    expect(build()).toBe(MADE);
    expect(bundleText()).not.toContain("a mark of this test");
  });

  test.each([
    "wrangler.toml",
    "package-lock.json",
    "tsconfig.base.json",
    "engine/book/book-side.ts",
    "worker/docs-assets/swagger-ui.css.txt",
  ])("is not kept if %s has changed, and is kept once it is restored", (path) => {
    expect(isKept()).toBe(true);
    copyFileSync(inProject(path), inProject("aside"));
    appendFileSync(inProject(path), " ");
    expect(isKept()).toBe(false);
    renameSync(inProject("aside"), inProject(path));
    expect(isKept()).toBe(true);
  });

  test("is recorded with its packages, and with the installed ones", () => {
    const { inputs } = JSON.parse(readFileSync(inProject(RECORD), "utf8"));
    const paths = Object.keys(inputs);
    expect(paths.some((path) => path.endsWith("/node_modules/hono/dist/hono.js"))).toBe(true);
    expect(paths).toContain("node_modules/.package-lock.json");
  });

  test("is not kept for another environment", () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(isKept()).toBe(false);
    vi.unstubAllEnvs();
    expect(isKept()).toBe(true);
  });

  test.each<[string, () => void]>([
    ["it was cut short", () => truncateSync(inProject(BUNDLE), 1_000)],
    ["it was written to", () => appendFileSync(inProject(BUNDLE), "// more")],
    ["it was removed", () => rmSync(inProject("dist/bundle"), { recursive: true })],
    ["a text of it was removed", () => rmSync(inProject(`dist/bundle/${textName()}`))],
    ["its record was removed", () => rmSync(inProject(RECORD))],
    ["its record was cut short", () => truncateSync(inProject(RECORD), 1_000)],
    ["its record is of another form", () => writeFileSync(inProject(RECORD), '{"inputs":{}}')],
  ])("is not kept if %s", (_, damage) => {
    cpSync(inProject("dist"), inProject("saved"), { recursive: true });
    damage();
    expect(isKept()).toBe(false);
    rmSync(inProject("dist"), { recursive: true });
    renameSync(inProject("saved"), inProject("dist"));
    expect(isKept()).toBe(true);
  });

  test("is made again if it was damaged", () => {
    const whole = bundleText();
    truncateSync(inProject(BUNDLE), 1_000);
    expect(build()).toBe(MADE);
    expect(bundleText()).toBe(whole);
    expect(isKept()).toBe(true);
  });

  test("is not recorded if a source may have changed while it was made", () => {
    const source = inProject("worker/index.ts");
    appendFileSync(source, "\n");
    const ahead = new Date(Date.now() + 3_600_000);
    utimesSync(source, ahead, ahead);
    expect(build()).toBe(MADE);
    expect(isKept()).toBe(false);
  });
});

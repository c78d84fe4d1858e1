import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../../host/build.ts";
import { freePort } from "../../support/free-port.ts";
import { Program, temporaryFolder } from "../support/venue-runner.ts";

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
/** Every script that runs one of the project's own programs. */
const OWN = Object.entries(scripts).filter(([, command]) => /^node .*\.ts$/.test(command));

/** Runs a program of package.json with these arguments, in an empty folder, as npm calls it. */
async function run(script: string, ...args: string[]) {
  const words = (scripts[script] ?? "").split(" ").slice(1);
  const command = words.map((word) => (word.endsWith(".ts") ? join(ROOT, word) : word));
  const folder = temporaryFolder();
  const env = { DATA_DIR: join(folder, "data"), PORT: undefined, BASE_URL: undefined };
  const program = new Program([process.execPath, ...command, ...args], env, folder);
  const code = await program.ended;
  const lines = program.lines.filter((line) => !/not found\. Continuing without it/.test(line));
  return { code, lines };
}

test("such scripts exist", () => {
  expect(OWN.map(([script]) => script)).toEqual(
    expect.arrayContaining(["start", "demo", "admin", "replay", "relay", "load:k6", "fuzz", "mutate"]),
  );
  expect(OWN.length).toBeGreaterThan(15);
});

describe.each(OWN)("npm run %s", (script) => {
  test("has --help", async () => {
    const { code, lines } = await run(script, "--help");
    expect(code, lines.join("\n")).toBe(0);
    expect(lines[0]).toContain(script === "start" ? "npm start" : `npm run ${script}`);
    expect(lines.length).toBeGreaterThan(2);
  });

  test("refuses an unknown option, in one line", async () => {
    const { code, lines } = await run(script, "--no-such-option");
    expect(code, lines.join("\n")).toBe(2);
    expect(lines).toEqual([expect.stringMatching(/Unknown option '--no-such-option'.*--help/)]);
  });
});

test.each([
  ["load:k6", []],
  ["demo", []],
])("%s ends at once without a venue, in one line", async (script, args) => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { code, lines } = await run(script, ...args, "--url", url);
  expect(code).toBe(1);
  const told = lines.filter((line) => line !== "");
  expect(told).toEqual([expect.stringMatching(new RegExp(`no venue answers at ${url}.*npm start`, "i"))]);
});

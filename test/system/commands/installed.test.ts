import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../host/build.ts";
import { Program, temporaryFolder } from "../support/venue-runner.ts";

const SCRIPTS = ["start", "test"];
const PLAIN =
  "The packages were installed without their scripts, which provide the Node of this project. " +
  "Run: npm ci --ignore-scripts=false";

/**
 * Runs `npm run …` in a folder with these files of an installation. @returns the output without npm's own.
 */
async function run(script: string, files: readonly string[]) {
  const folder = temporaryFolder();
  for (const path of ["package.json", "dev/installed.mjs"]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(folder, path));
  }
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), "");
  }
  const program = new Program(["npm", "run", script], {}, folder);
  const code = await program.ended;
  return { code, lines: program.lines.filter((line) => line !== "" && !/^(?:>|npm)/.test(line)) };
}

test.each(SCRIPTS)("npm run %s before npm ci prints what to do, in one line", async (script) => {
  expect(await run(script, [])).toEqual({ code: 1, lines: ["The packages are not installed. Run: npm ci"] });
});

test.each(SCRIPTS)("npm run %s after npm ci --ignore-scripts does so too", async (script) => {
  const assets = "worker/docs-assets/swagger-ui.css.txt";
  expect(await run(script, ["node_modules/node/package.json"])).toEqual({ code: 1, lines: [PLAIN] });
  expect(await run(script, ["node_modules/node/bin/node"])).toEqual({ code: 1, lines: [PLAIN] });
  expect(await run(script, ["node_modules/node/package.json", assets])).toEqual({ code: 1, lines: [PLAIN] });
});

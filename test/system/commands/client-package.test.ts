import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { startVenue } from "../../../host/venue.ts";
import { freePort } from "../../support/free-port.ts";
import { temporaryFolder } from "../support/venue-runner.ts";

/** An empty folder in which the package is installed like by any user. */
const folder = temporaryFolder();
const installed = join(folder, "node_modules", "edgebook-client");

const PROGRAM = `import { Client, Refused, type Channel, type OrderView, type StateOf } from "edgebook-client";

const [url = ""] = process.argv.slice(2);
const channel: Channel = "book.10";
const client = new Client({
  url,
  clientId: "a",
  requestMsMax: 20_000,
  onUnreachable: (error) => {
    console.log("unreachable", error.message);
    client.close();
  },
});
const best = (book: StateOf<"book.10">) => book.bids[0]?.price;
const seen = new Promise((done) => client.subscribe(channel, (book) => best(book) && done(best(book))));
try {
  const { status, body } = await client.place({ side: "buy", type: "limit", price: "50000", quantity: "0.5" });
  if (status !== 201) throw new Error(body.code);
  const order: OrderView = body;
  console.log("placed", order.price, "and the best bid is", await seen);
} catch (error) {
  console.log(error instanceof Refused ? "refused" : (error as Error).message);
}
client.close();
`;
/** Code that must not compile: each line is an error. */
const WRONG = `import { Client } from "edgebook-client";
const client = new Client({ url: "http://localhost:3000" });
client.subscribe("book.11");
client.place({ side: "buy", type: "limit", price: "1" });
client.subscribe("book", ({ trades }) => trades);
`;

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const quiet = ["--offline", "--no-audit", "--no-fund", "--cache", join(folder, "cache")];
  return (await promisify(execFile)("npm", [...args, ...quiet], { cwd })).stdout;
}

/**
 * The compiler's diagnostics of programs in the folder, in a project as `npm init` and `tsc --init` make it.
 */
async function diagnosticsOf(files: readonly string[], moduleResolution: "nodenext" | "bundler") {
  const compilerOptions = {
    target: "ES2024",
    lib: ["ES2024", "DOM"],
    module: moduleResolution === "bundler" ? "esnext" : "nodenext",
    moduleResolution,
    moduleDetection: "force",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    typeRoots: [resolve("node_modules/@types")],
    types: ["node"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const run = promisify(execFile)(process.execPath, [
    resolve("node_modules/typescript/bin/tsc"),
    "-p",
    folder,
  ]);
  return run.then(({ stdout }) => stdout).catch(({ stdout }: { stdout: string }) => stdout);
}

async function run(url: string): Promise<string> {
  return (await promisify(execFile)(process.execPath, ["program.ts", url], { cwd: folder })).stdout;
}

beforeAll(async () => {
  const tarballs = join(folder, "tarballs");
  mkdirSync(tarballs);
  writeFileSync(join(folder, "package.json"), '{ "name": "a-trader", "type": "module", "private": true }\n');
  await npm(resolve("client"), "pack", "--pack-destination", tarballs);
  // Replaces a registry.
  await npm(resolve("node_modules/zod"), "pack", "--ignore-scripts", "--pack-destination", tarballs);
  await npm(folder, "install", ...readdirSync(tarballs).map((name) => `./tarballs/${name}`));
  const readme = readFileSync(join(installed, "README.md"), "utf8");
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  writeFileSync(join(folder, "wrong.ts"), WRONG);
  writeFileSync(join(folder, "readme.ts"), readme.match(/```ts\n([\s\S]*?)```/)?.[1] ?? "?");
}, 120_000);

test("the package contains what it exports, its readme and its licence, and runs without another package", () => {
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
  expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  const importsOf = (file: string) =>
    Array.from(
      readFileSync(join(installed, file), "utf8").matchAll(/(?:\bfrom |\bimport\()"([^"]+)"/g),
      ([, from = ""]) => (from.startsWith(".") ? join(dirname(file), from) : from),
    );
  const scripts = files.filter((file) => file.endsWith(".js"));
  expect(scripts.length).toBeGreaterThan(5);
  expect(scripts.flatMap(importsOf).filter((from) => !files.includes(from))).toEqual([]);
  const types = files.filter((file) => file.endsWith(".d.ts"));
  const typed = types.map((file) => file.replace(/\.d\.ts$/, ".js"));
  expect(types.flatMap(importsOf).filter((from) => from !== "zod" && !typed.includes(from))).toEqual([]);
});

test("the dependency for its types has the venue's version", () => {
  const [own, root] = [installed, "."].map((path) =>
    JSON.parse(readFileSync(join(path, "package.json"), "utf8")),
  );
  expect(own.dependencies).toEqual({ zod: root.dependencies.zod });
});

test.each(["nodenext", "bundler"] as const)("programs type-check against it (%s)", async (resolution) => {
  const told = (await diagnosticsOf(["program.ts", "readme.ts", "wrong.ts"], resolution)).trim().split("\n");
  const places = told.map((text) => /^(?:.*\/)?(\w+\.ts\(\d+),\d+\): error TS/.exec(text)?.[1] ?? text);
  const isContinued = (text: string) => text.startsWith(" ");
  expect([...new Set(places.filter((text) => !isContinued(text)))]).toEqual(
    [3, 4, 5].map((line) => `wrong.ts(${line}`),
  );
});

test("a program trades with a venue through it, and gets an error at once if there is none", async () => {
  const nowhere = await run(`http://127.0.0.1:${await freePort()}`);
  expect(nowhere).toMatch(/^unreachable .*ECONNREFUSED.*\n.*nothing was sent\n$/);
  const venue = await startVenue({ dataFolder: temporaryFolder(), onLog: "discard" });
  try {
    expect(await run(venue.url)).toBe("placed 50000.00 and the best bid is 50000.00\n");
  } finally {
    await venue.stop("SIGKILL");
  }
});

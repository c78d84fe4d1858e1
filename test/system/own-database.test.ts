import { once } from "node:events";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../host/build.ts";
import { copyProjectTo } from "./support/project-copy.ts";
import { Program, temporaryFolder } from "./support/venue-runner.ts";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
/** The project as the operator of a venue has it: with a `.dev.vars` and a `.env`. */
const folder = temporaryFolder();
/** Represents that venue's Postgres and Redis. */
let server: Server;
let connections = 0;
let addresses: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = createServer((socket) => {
    connections++;
    socket.on("error", () => {}); // it is cut next
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const host = `127.0.0.1:${address.port}`;
  addresses = {
    DATABASE_URL: `postgres://user:password@${host}/of_the_venue`,
    NEON_FETCH_ENDPOINT: `http://${host}/sql`,
    UPSTASH_REDIS_REST_URL: `http://${host}`,
    UPSTASH_REDIS_REST_TOKEN: "of-the-venue",
    ADMIN_TOKEN: "of-the-venue",
  };
  copyProject();
});
afterAll(() => server?.close());

function copyProject(): void {
  copyProjectTo(folder);
  // The databases that tests begin with take ten seconds of a core to make, and would be the same.
  const kept = join("node_modules", ".cache", "edgebook");
  const isKept = (name: string) => /^(?:memory|postgres)-/.test(name);
  for (const name of readdirSync(join(ROOT, kept)).filter(isKept))
    cpSync(join(ROOT, kept, name), join(folder, kept, name), { recursive: true });
  const lines = Object.entries(addresses).map(([name, value]) => `${name}=${value}\n`);
  for (const file of [".dev.vars", ".env"]) writeFileSync(join(folder, file), lines.join(""));
}

/** Runs `npx vitest run …` in the copy, with the same addresses in the environment. */
async function runTests(...args: string[]): Promise<string> {
  // Otherwise this vitest would count as the parent of the other one.
  const outer = Object.keys(process.env).filter((name) => name.startsWith("VITEST"));
  const env = { ...Object.fromEntries(outer.map((name) => [name, undefined])), ...addresses };
  const program = new Program([process.execPath, vitest, "run", ...args], env, folder);
  try {
    expect(await program.ended, program.output).toBe(0);
  } finally {
    program.killGroup();
  }
  return program.output;
}

test.each([
  ["objects in vitest", ["workers", "test/worker/idempotency.test.ts"]],
  ["npm start", ["system", "test/system/start-stack.test.ts", "--testNamePattern", "if it is killed"]],
  ["wrangler dev", ["system", "test/system/dev.test.ts", "--testNamePattern", "same first calls"]],
])("no test of %s connects to the database or the mirror of a venue", async (_, args) => {
  const before = connections;
  const output = await runTests("--project", ...args);
  expect(output).toMatch(/Tests .*\d passed/);
  expect(connections - before).toBe(0);
});

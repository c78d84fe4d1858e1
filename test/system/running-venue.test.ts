import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ROOT } from "../../host/build.ts";
import { readRunning } from "../../host/running-venue.ts";
import { freePort } from "../support/free-port.ts";
import { readBook } from "./support/calls.ts";
import { Program, start, temporaryFolder } from "./support/venue-runner.ts";

const programs: Program[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.killGroup();
});

async function begin(folder: string) {
  const port = String(await freePort());
  const program = start({ PORT: port, DATA_DIR: folder });
  programs.push(program);
  await program.line(/Edgebook trades at/);
  return { program, port, url: `http://localhost:${port}` };
}

/** A tool that knows the venue's address only from this environment. */
async function tool(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const bare = { PORT: undefined, BASE_URL: undefined, ADMIN_TOKEN: undefined };
  const program = new Program([process.execPath, join(ROOT, file), ...args], { ...bare, ...env });
  programs.push(program);
  return { code: await program.ended, output: program.output };
}

describe("the venue that runs in a data folder", () => {
  test("is found by the tools, with its token, until it has ended", async () => {
    const folder = temporaryFolder();
    const { program, url } = await begin(folder);
    const file = join(folder, "running.json");
    expect(readRunning(folder)).toMatchObject({ url });
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const status = () => tool("host/admin.ts", ["status", "BTC-USD"], { DATA_DIR: folder });
    expect(await status()).toMatchObject({
      code: 0,
      output: expect.stringContaining("trading_status: trading"),
    });
    const demo = await tool("load/demo/demo.ts", ["--orders", "5", "--keep"], { DATA_DIR: folder });
    expect(demo, demo.output).toMatchObject({ code: 0, output: expect.stringContaining(`at ${url}`) });
    // The last of its orders may have ended all others.
    expect((await readBook(url)).sequence).toBeGreaterThan(0);
    const k6 = await tool("load/k6.ts", ["--vus", "1", "--duration", "1"], { DATA_DIR: folder });
    expect(k6.output).toMatch(/holds +checks rate==1|checks\.*: 100/);

    await program.stop();
    expect(existsSync(file)).toBe(false);
    // The tools then try port 3000, where any venue may run.
    expect(readRunning(folder)).toBeUndefined();
  });

  test("is known to have ended if it was killed", async () => {
    const folder = temporaryFolder();
    const { program, url } = await begin(folder);
    expect(readRunning(folder)?.url).toBe(url);
    program.killGroup();
    await program.ended;
    const { pid } = JSON.parse(readFileSync(join(folder, "running.json"), "utf8"));
    expect(pid).toBeGreaterThan(0);
    expect(readRunning(folder)).toBeUndefined();
    const next = await begin(folder);
    expect(readRunning(folder)?.url).toBe(next.url);
  });

  test("is overridden by PORT, and PORT by --url", async () => {
    const folder = temporaryFolder();
    const { port } = await begin(folder);
    const other = await begin(temporaryFolder());
    const token = readRunning(folder)?.admin_token ?? "";
    const elsewhere = String(await freePort());
    const ask = (args: readonly string[], PORT: string) =>
      tool("host/admin.ts", ["status", "BTC-USD", ...args], { DATA_DIR: folder, PORT });
    expect((await ask([], port)).code).toBe(0);
    expect((await ask([], elsewhere)).code).toBe(2);
    expect((await ask(["--url", `http://127.0.0.1:${port}`], elsewhere)).code).toBe(0);
    // This venue's token is not the other one's.
    expect(await ask([], other.port)).toMatchObject({
      code: 1,
      output: expect.stringContaining("forbidden"),
    });
    expect((await ask([], other.port)).output).not.toContain(token);
    expect((await ask([], "nonsense")).output).toMatch(/^admin: PORT must be a port number[^\n]*$/);
  });
});

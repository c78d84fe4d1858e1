import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../../host/build.ts";
import { startVenue, type VenueProcess } from "../../../host/venue.ts";
import { freePort } from "../../support/free-port.ts";
import { place, post } from "../support/calls.ts";
import { Program, temporaryFolder } from "../support/venue-runner.ts";

const TOKEN = "the-operators-token";
let venue: VenueProcess;
/** Has no token. */
const emptyFolder = folderWith("");

beforeAll(async () => {
  const dataFolder = temporaryFolder();
  venue = await startVenue({ dataFolder, vars: { ADMIN_TOKEN: TOKEN }, onLog: () => {} });
});
afterAll(() => venue?.stop());

/** A folder with a `.dev.vars` of this content. */
function folderWith(devVars: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, ".dev.vars"), devVars);
  return folder;
}

interface Outcome {
  readonly code: number | string;
  readonly output: string;
}

/** Runs `npm run admin -- …` by its command in package.json, in a folder that may have a `.dev.vars`. */
async function admin(
  args: readonly string[],
  env: Record<string, string>,
  folder = emptyFolder,
): Promise<Outcome> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const parts: string[] = scripts.admin.split(" ").slice(1);
  const command = parts.map((part) => (part.endsWith(".ts") ? join(ROOT, part) : part));
  // A different data folder from the one in which `npm start` stores its token.
  const clean = { ADMIN_TOKEN: undefined, DATA_DIR: join(folder, "data") };
  const program = new Program([process.execPath, ...command, ...args], { ...clean, ...env }, folder);
  return { code: await program.ended, output: program.output };
}

const operate = (
  operation: string,
  env: Record<string, string> = { ADMIN_TOKEN: TOKEN },
  instrument = "BTC-USD",
) => admin([operation, instrument, "--url", venue.url], env);

describe("npm run admin", () => {
  test("freezes, prints the status, unfreezes and verifies", async () => {
    const { order_id } = await place(venue.url);
    const frozen = await operate("freeze");
    expect(frozen).toMatchObject({ code: 0, output: expect.stringContaining("trading_status: frozen") });
    const order = {
      client_id: "a",
      instrument: "BTC-USD",
      side: "buy",
      type: "limit",
      price: 1,
      quantity: 1,
    };
    const refused = await post(`${venue.url}/orders`, order);
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: "frozen" }]);
    expect((await post(`${venue.url}/orders/${order_id}/cancel`)).status).toBe(200);
    const { code, output } = await operate("status");
    expect(code).toBe(0);
    for (const line of [
      "instrument: BTC-USD",
      "trading_status: frozen",
      "epoch: 1",
      "sequence: 3",
      "resting_orders: 0",
    ]) {
      expect(output.split("\n")).toContain(line);
    }
    const thawed = await operate("unfreeze");
    expect(thawed).toMatchObject({ code: 0, output: expect.stringContaining("trading_status: trading") });
    await place(venue.url);
    const verified = await operate("verify");
    expect(verified).toMatchObject({ code: 0, output: expect.stringContaining("agrees: true") });
  });

  test("a difference found by verify is exit code 1", async () => {
    const report = { agrees: false, difference: "trades: the journal has 1, Postgres 0", not_compared: [] };
    const server = createServer((_, response) => response.end(JSON.stringify(report))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const outcome = await admin(["verify", "BTC-USD", "--url", `http://127.0.0.1:${port}`], {
      ADMIN_TOKEN: TOKEN,
    });
    server.close();
    expect(outcome).toMatchObject({ code: 1, output: expect.stringContaining(report.difference) });
  });

  test("the token comes from the environment, from .dev.vars, or from the data folder", async () => {
    const status = (env = {}, folder = emptyFolder) =>
      admin(["status", "BTC-USD", "--url", venue.url], env, folder);
    expect(await status()).toEqual({ code: 2, output: expect.stringContaining("no token") });
    const folder = folderWith(`ADMIN_TOKEN=${TOKEN}\n`);
    expect((await status({}, folder)).code).toBe(0);
    expect((await status({ ADMIN_TOKEN: "another" }, folder)).code).toBe(1);
    const data = temporaryFolder();
    writeFileSync(join(data, "admin-token"), `${TOKEN}\n`);
    expect((await status({ DATA_DIR: data })).code).toBe(0);
  });

  test("a refusal of the venue is exit code 1, with its reason, and never the token", async () => {
    const wrong = await operate("freeze", { ADMIN_TOKEN: "a-wrong-token" });
    expect(wrong).toEqual({ code: 1, output: expect.stringContaining("403 forbidden") });
    expect(wrong.output).not.toContain("a-wrong-token");
    const unknown = await operate("status", { ADMIN_TOKEN: TOKEN }, "DOGE-USD");
    expect(unknown).toEqual({ code: 1, output: expect.stringContaining("404 instrument_unknown") });
  });

  test.each([
    ["no operation", []],
    ["no instrument", ["status"]],
    ["an unknown operation", ["explode", "BTC-USD"]],
    ["an instrument too many", ["status", "BTC-USD", "ETH-USD"]],
    ["an unknown option", ["status", "BTC-USD", "--force"]],
    ["an address that is none", ["status", "BTC-USD", "--url", "somewhere"]],
  ])("with %s it prints the reason and exits with 2", async (_, args) => {
    const { code, output } = await admin(args, { ADMIN_TOKEN: TOKEN });
    expect(code, output).toBe(2);
    expect(output).toMatch(/^admin: /);
    expect(output).not.toMatch(/^\s+at /m);
  });

  test("a missing venue is exit code 2", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, output } = await admin(["status", "BTC-USD", "--url", url], { ADMIN_TOKEN: TOKEN });
    expect([code, output.split("\n").length], output).toEqual([2, 1]);
    expect(output).toMatch(/^admin: .*(ECONNREFUSED|fetch failed)/);
  });
});

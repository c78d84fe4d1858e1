import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../dev/gateway/gateway.ts";
import { startVenue } from "../../host/venue.ts";
import { memoryImage } from "../gateway/memory-image.ts";
import { freePort } from "../support/free-port.ts";
import { place, readBook } from "./support/calls.ts";
import { type Program, start, temporaryFolder } from "./support/venue-runner.ts";

const CONTENDERS = 4;
const programs: Program[] = [];
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ postgres: { embedded: { image: await memoryImage() } } });
});
afterAll(() => gateway?.close());
afterEach(() => {
  for (const program of programs.splice(0)) program.killGroup();
});

/** Runs `npm start` on a data folder and its own port. */
async function begin(folder: string, env: Readonly<Record<string, string>> = {}) {
  const port = String(await freePort());
  const program = start({ ...env, PORT: port, DATA_DIR: folder });
  programs.push(program);
  return { program, url: `http://127.0.0.1:${port}` };
}

const databases = [
  ["the embedded database", () => ({})],
  [
    "a database of its own",
    () => ({ DATABASE_URL: gateway.databaseUrl, NEON_FETCH_ENDPOINT: `${gateway.url}/sql` }),
  ],
] as const;

describe.each(databases)("a data folder with %s", (_, variables) => {
  test("is refused to a second npm start, which names the first and changes nothing", async () => {
    const folder = temporaryFolder();
    const first = await begin(folder, variables());
    await first.program.line(/Edgebook trades at/);
    const { order_id } = await place(first.url);
    const second = await begin(folder, variables());
    await second.program.line(/./);
    expect(second.program.output).not.toContain("Building");
    expect(await second.program.ended).toBe(1);
    const lock = join(folder, "venue.lock.db");
    expect(second.program.lines).toEqual([
      `The venue did not start: the data folder ${folder} is in use by process ${first.program.pid} (lock: ${lock})`,
    ]);
    await place(first.url, { client_id: "client-B", price: 49_000 });
    expect((await readBook(first.url)).bids).toHaveLength(2);
    expect((await fetch(`${first.url}/public/orders/${order_id}`)).status).toBe(200);
    expect(await first.program.stop()).toBe(0);
  });
});

test("after a SIGKILL exactly one of many starts gets it, with every order", async () => {
  const folder = temporaryFolder();
  const first = await begin(folder);
  await first.program.line(/Edgebook trades at/);
  await place(first.url);
  await first.program.stop("SIGKILL");
  const starters = await Promise.all(Array.from({ length: CONTENDERS }, () => begin(folder)));
  const outcomes = await Promise.all(
    starters.map(async ({ program, url }) => ({
      url,
      program,
      trades: await program.line(/Edgebook trades at/).then(
        () => true,
        () => false,
      ),
    })),
  );
  const [winner, ...others] = outcomes.filter(({ trades }) => trades);
  expect([winner === undefined, others], outcomes.map(({ program }) => program.output).join("\n")).toEqual([
    false,
    [],
  ]);
  for (const { program } of outcomes.filter((outcome) => outcome !== winner)) {
    expect(program.lines).toEqual([
      expect.stringContaining(`${folder} is in use by process ${winner?.program.pid}`),
    ]);
  }
  expect((await readBook(winner?.url ?? "")).bids).toHaveLength(1);
});

test("a workerd that an earlier start left behind blocks the next start", async () => {
  const folder = temporaryFolder();
  const first = await begin(folder);
  await first.program.line(/Edgebook trades at/);
  await first.program.stop();
  const left = await startVenue({ dataFolder: folder, onLog: "discard" });
  try {
    const [pid = ""] = readFileSync(join(folder, "venue.pid"), "utf8").split("\n");
    expect(Number(pid)).toBe(first.program.pid);
    writeFileSync(join(folder, "venue.pid"), `${pid}\n${left.pid}\n`);
    const second = await begin(folder);
    expect(await second.program.ended).toBe(1);
    expect(second.program.output).toContain(`in use by a workerd of an earlier start, process ${left.pid}`);
    // A second attempt is refused again.
    const third = await begin(folder);
    expect(await third.program.ended).toBe(1);
  } finally {
    await left.stop();
  }
  const last = await begin(folder);
  await last.program.line(/Edgebook trades at/);
});

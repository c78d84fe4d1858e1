import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startVenue, type VenueProcess } from "../../../host/venue.ts";
import { readBook } from "../support/calls.ts";
import { Program, temporaryFolder } from "../support/venue-runner.ts";

/** util-linux's `script` gives a program a terminal. */
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux");
let venue: VenueProcess;

beforeAll(async () => {
  venue = await startVenue({ dataFolder: temporaryFolder(), onLog: "discard" });
});
afterAll(() => venue.stop("SIGKILL"));

const demo = (...args: string[]) => ["node", "load/demo/demo.ts", "--url", venue.url, ...args];

test("the demo prints plain lines if its output is not a terminal", async () => {
  const program = new Program(demo("--orders", "30", "--rate", "200"), {});
  expect(await program.ended, program.output).toBe(0);
  expect(program.output).not.toContain("\x1b");
  expect(program.lines[0]).toMatch(/^Trading at http:\S+: 200 requests a second, seed \d+; Ctrl-C stops it$/);
  expect(program.lines.at(-2)).toMatch(/^placed \d+ .*BTC-USD .* \/ .*ETH-USD/);
  expect(program.lines.at(-1)).toBe("Stopped.");
  expect((await readBook(venue.url)).bids, "what rested is cancelled").toEqual([]);
});

test.runIf(hasScript)("the demo draws a market on a terminal, and restores the terminal", async () => {
  const command = `stty rows 24 cols 80; exec ${demo("--seconds", "3", "--rate", "50").join(" ")}`;
  const program = new Program(["script", "--quiet", "--return", "--command", command, "/dev/null"], {
    TERM: "xterm",
  });
  expect(await program.ended, program.output).toBe(0);
  const [before = "", rest = ""] = program.output.split("\x1b[?1049h");
  const [screen = "", after = ""] = rest.split("\x1b[?1049l");
  expect(before.trim()).toBe("");
  for (const part of ["spread", "── Trades", "── Traders", "Ctrl-C ends it", "BTC-USD", "ETH-USD"])
    expect(screen).toContain(part);
  expect(screen.split("\x1b[2J"), "drawn in place").toHaveLength(2);
  expect(after).toMatch(/placed \d+[\s\S]*Stopped\./);
});

test("a demo reports that its venue has stopped", async () => {
  const other = await startVenue({ dataFolder: temporaryFolder(), onLog: "discard" });
  const program = new Program(["node", "load/demo/demo.ts", "--url", other.url], {});
  await program.line(/Trading at/);
  await other.stop("SIGKILL");
  expect(await program.ended).toBe(1);
  expect(program.output).toMatch(/venue stopped answering|was closed/);
});

import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { LOG_LEVELS, logText } from "../../durable-objects/runtime/log.ts";
import { LogPrinter, shortLine } from "../../host/tools/log-printer.ts";
import { startVenue } from "../../host/venue.ts";
import { eventually } from "../mirror/mirrored-venue.ts";
import { freePort } from "../support/free-port.ts";
import { post } from "./support/calls.ts";
import { type Program, start, temporaryFolder } from "./support/venue-runner.ts";

let program: Program | undefined;
afterEach(() => program?.killGroup());

/** An output that keeps what it is given. */
function outputOf(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

describe("LOG_LEVEL", () => {
  test.each(LOG_LEVELS)("%s drops the levels below it", async (level) => {
    const lines: string[] = [];
    const vars = { LOG_LEVEL: level, STORAGE_BYTES_MAX: "wrong" };
    const venue = await startVenue({
      dataFolder: temporaryFolder(),
      vars,
      onLog: (line) => lines.push(line),
    });
    onTestFinished(() => venue.stop("SIGKILL"));
    // One that is answered, one that no instrument answers, and one whose line says that all are written.
    expect((await fetch(`${venue.url}/openapi.json`)).status).toBe(200);
    expect((await fetch(`${venue.url}/healthz`)).status).toBe(503);
    expect((await post(`${venue.url}/orders/cancel-all`, {})).status).toBe(400);
    await venue.stop();
    await venue.ended;
    await eventually(async () => {
      const parsed = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
      for (const { time, level: own, event } of parsed) {
        expect(new Date(time).toISOString()).toBe(time);
        expect(event).toMatch(/^[a-z_]+$/);
        expect(LOG_LEVELS.indexOf(own)).toBeGreaterThanOrEqual(LOG_LEVELS.indexOf(level));
      }
      const isTold = (event: string) => parsed.some((line) => line.event === event);
      expect([isTold("unhealthy"), isTold("request")]).toEqual([level !== "off", level !== "off"]);
      expect(parsed.some((line) => line.status === 200)).toBe(level === "info");
    });
  });

  test("with an invalid value is reported before anything starts", async () => {
    const port = String(await freePort());
    program = start({ LOG_LEVEL: "loud", PORT: port, DATA_DIR: temporaryFolder() });
    expect(await program.ended).toBe(1);
    expect(program.output).toContain('LOG_LEVEL must be info, warn, error, off, but is "loud"');
  });
});

describe("the log of npm start", () => {
  const REQUEST = logText("info", "request", {
    method: "GET",
    path: "/healthz",
    status: 200,
    duration_ms: 3,
  });

  test("has short lines at a terminal, and is unchanged elsewhere", () => {
    const [terminal, file] = [outputOf(true), outputOf(false)];
    for (const output of [terminal, file]) {
      const printer = new LogPrinter({ output });
      printer.release();
      printer.print(REQUEST);
      printer.print("workerd says this");
    }
    expect(file.written).toEqual([`${REQUEST}\n`, "workerd says this\n"]);
    expect(terminal.written.map(stripVTControlCharacters)).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} GET \/healthz 200 3 ms\n$/),
      "workerd says this\n",
    ]);
  });

  test("shows the level of problems, and no control characters", () => {
    const fields = { sink: "postgres", failures: 2, error: "Error: \u001b[2Jaway\n" };
    const line = shortLine(logText("error", "outbox_failed", fields));
    expect(stripVTControlCharacters(line).slice(13)).toBe(
      'error outbox_failed sink=postgres failures=2 error="Error: \\u001b[2Jaway\\n"',
    );
    const failed = shortLine(
      logText("error", "request", { ...JSON.parse(REQUEST), status: 502, level: "error" }),
    );
    expect(stripVTControlCharacters(failed).slice(13)).toBe("error GET /healthz 502 3 ms");
    expect(shortLine('{"time": half a line')).toBe('{"time": half a line');
    expect(shortLine('{"time":half a line')).toBe('{"time":half a line');
  });

  test("waits until the banner is printed, and this process's own lines respect the level", () => {
    const output = outputOf(false);
    const printer = new LogPrinter({ output, level: "warn" });
    printer.print("first");
    printer.log("info", "trade_partition", {});
    printer.log("warn", "history", { detail: "was damaged" });
    expect(output.written).toEqual([]);
    printer.release();
    printer.print("last");
    expect(output.written.map((line) => line.trim())).toEqual([
      "first",
      expect.stringMatching(/"level":"warn","event":"history","detail":"was damaged"/),
      "last",
    ]);
  });
});

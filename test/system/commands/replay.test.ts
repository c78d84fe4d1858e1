import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiClient } from "../../../load/api-client.ts";
import { parseBook, parseMessages } from "../../../load/replay/lobster-file.ts";
import { type ReplayInput, replay } from "../../../load/replay/run.ts";
import { startPrivateVenue, type Target } from "../../../load/replay/target.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const NONE = "9999999999,0";

/**
 * An invented morning: each message, and the row that it makes in a book file of two levels, if it makes one.
 */
const STORY: readonly (readonly [message: string, row?: string])[] = [
  ["1,101,10,1000100,1", "1000300,5,1000100,10,1000400,7,1000000,20"],
  ["1,102,30,1000100,1", "1000300,5,1000100,40,1000400,7,1000000,20"],
  ["1,103,5,1000100,1", "1000300,5,1000100,45,1000400,7,1000000,20"],
  // The third level.
  ["1,104,5,999900,1"],
  // 102 is cancelled in part and stays in front of 103.
  ["2,102,10,1000100,1", "1000300,5,1000100,35,1000400,7,1000000,20"],
  ["4,101,10,1000100,1", "1000300,5,1000100,25,1000400,7,1000000,20"],
  ["4,102,20,1000100,1", "1000300,5,1000100,5,1000400,7,1000000,20"],
  ["5,0,50,1000200,1", "1000300,5,1000100,5,1000400,7,1000000,20"],
  // 90 was there before the first message.
  ["4,90,5,1000300,-1", `1000400,7,1000100,5,${NONE},1000000,20`],
  ["3,77,5,1000900,-1"],
  ["1,106,8,1000400,-1", `1000400,15,1000100,5,${NONE},1000000,20`],
  // Seven unnamed lots stand in front of 106.
  ["4,106,8,1000400,-1", `1000400,7,1000100,5,${NONE},1000000,20`],
  ["1,108,4,1000100,1", `1000400,7,1000100,9,${NONE},1000000,20`],
  // 107 comes after 108 in the file, but before it at the exchange.
  ["1,107,4,1000100,1", `1000400,7,1000100,13,${NONE},1000000,20`],
  ["3,103,5,1000100,1", `1000400,7,1000100,8,${NONE},1000000,20`],
  ["4,107,4,1000100,1", `1000400,7,1000100,4,${NONE},1000000,20`],
  ["1,109,4,1000100,1", `1000400,7,1000100,8,${NONE},1000000,20`],
  ["4,109,3,1000100,1", `1000400,7,1000100,5,${NONE},1000000,20`],
  ["3,109,1,1000100,1", `1000400,7,1000100,4,${NONE},1000000,20`],
  ["7,0,0,-1,-1", `1000400,7,1000100,4,${NONE},1000000,20`],
  // The row is wrong: there are 20 at 1000000.
  ["3,108,4,1000100,1", `1000400,7,1000000,21,${NONE},999900,5`],
];
const MESSAGES_TEXT = lines(STORY.map(([message]) => `34200.0,${message}`));
const BOOK_TEXT = lines(STORY.flatMap(([, row]) => (row === undefined ? [] : [row])));

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

let target: Target;
let printed: string[];

beforeEach(async () => {
  printed = [];
  target = await startPrivateVenue("TEST-USD");
});

afterEach(() => target.close());

function input(messagesText = MESSAGES_TEXT, bookText?: string): ReplayInput {
  return {
    url: target.url,
    instrument: "TEST-USD",
    messages: parseMessages(messagesText, "m.csv"),
    rows: bookText === undefined ? undefined : parseBook(bookText, "b.csv"),
    isAligned: false,
    isVerbose: false,
    print: (line) => printed.push(line),
  };
}

test("a file is replayed, its rows are found, and disagreements are reported with their reasons", async () => {
  const rowMessages: number[] = [];
  const { report, summary } = await replay({
    ...input(MESSAGES_TEXT, BOOK_TEXT),
    onRow: (messageLine) => rowMessages.push(messageLine),
  });
  expect(report.faultCount).toBe(0);
  expect(rowMessages).toEqual(STORY.flatMap(([, row], index) => (row === undefined ? [] : [index + 1])));
  expect(report.rows).toEqual({
    total: 19,
    reached: 19,
    best: { agree: 18, compared: 19 },
    all: { agree: 18, compared: 19 },
  });
  expect(summary[0]).toBe(
    "Of what could be compared agree: best bid and offer in 18 of 19 rows; every level in 18 of 19; 3 of 6 executions hit exactly the exchange's order.",
  );
  expect(report.executions).toEqual({
    introduced: { exact: 2, notExact: 3 },
    seeded: { exact: 1, notExact: 0 },
    notSent: 0,
  });
  expect(Object.fromEntries(report.disagreements)).toEqual({
    "deletes not sent: never_introduced": 1,
    "executions: behind_seeded": 1,
    "executions: numbered_earlier": 1,
    "executions: passed_over": 1,
    "rows, best bid or offer: level_missing": 1,
  });
  expect(printed.map((line) => line.slice(0, line.lastIndexOf(":")))).toEqual([
    "line 10: delete of 77",
    "line 12: execution of 8 of 106 at 1000400 hit 7 of a seeded order at 1000400, 1 of 106 at 1000400",
    "line 16: execution of 4 of 107 at 1000100 hit 4 of 108 at 1000100",
    "line 18: execution of 3 of 109 at 1000100 hit 3 of 108 at 1000100",
    "line 21: book row 19: bid level 1 is 20 at 1000000 and should be 21 at 1000000",
  ]);
});

test("a deviation of the venue from the messages is reported as a bug", async () => {
  const api = new ApiClient(target.url);
  const stranger = { client_id: "stranger", instrument: "TEST-USD", type: "limit", side: "sell" } as const;
  let outside: Promise<unknown> = Promise.resolve();
  const { report } = await replay({
    ...input(MESSAGES_TEXT, BOOK_TEXT),
    onRow: (line) => {
      if (line === 1) outside = api.place({ ...stranger, price: "100.04", quantity: "1" });
    },
  });
  await outside;
  expect(report.faultCount).toBeGreaterThan(0);
  expect(printed.find((line) => line.includes("BUG"))).toMatch(/^line 1[12]: BUG: /);
});

test("a file that contradicts itself is followed as far as it goes", async () => {
  const text = lines([
    "1.0,1,1,10,1000000,1",
    "1.0,1,1,10,1000000,1",
    "1.0,1,2,4,1000000,-1",
    "1.0,2,1,9,1000000,1",
    "1.0,4,3,9,1000000,1",
    "1.0,6,0,9,1000000,1",
  ]);
  const { report } = await replay(input(text));
  expect(report.faultCount).toBe(0);
  expect(report.executions.notSent).toBe(1);
  expect(Object.fromEntries(report.disagreements)).toEqual({
    "new orders: introduced_twice": 1,
    "new orders: new_order_crossed": 1,
    "partial_cancels: more_than_left": 1,
    "executions not sent: never_introduced": 1,
  });
});

test("a venue that cannot represent the file is refused with the reason", async () => {
  await expect(replay({ ...input(), instrument: "X-USD" })).rejects.toThrow(
    "the venue has no instrument X-USD; it has TEST-USD",
  );
  const order = { client_id: "a", instrument: "TEST-USD", type: "limit", side: "buy" } as const;
  await new ApiClient(target.url).place({ ...order, price: "1", quantity: "1" });
  await expect(replay(input())).rejects.toThrow("the book of TEST-USD is not empty");
});

test("the command reads compressed files, starts a private venue, and exits with 0 or the reason", async () => {
  const folder = mkdtempSync(join(tmpdir(), "edgebook-test-"));
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["load/replay/replay.ts", ...args], { cwd: ROOT });
  try {
    const [messages, bad] = [join(folder, "m.csv.gz"), join(folder, "bad.csv")];
    writeFileSync(messages, gzipSync(`Time,Type,Order ID,Size,Price,Direction\n${MESSAGES_TEXT}`));
    writeFileSync(bad, "1.0,1,1,x,1000000,1\n");
    const { stdout } = await run("--messages", messages, "--limit", "7", "--venue");
    expect(stdout).toContain(
      "m.csv.gz: the header line is skipped: Time,Type,Order ID,Size,Price,Direction\n",
    );
    expect(stdout).toContain("7 of 21 messages, no book");
    expect(stdout).toContain("Starting a private venue for STOCK-USD, with ticks of 0.0100");
    expect(stdout).toMatch(/hit exactly the exchange's order +2 of 2/);
    expect(stdout).toMatch(/differences that the data does not explain +0/);
    await expect(run("--messages", bad, "--venue")).rejects.toMatchObject({
      code: 1,
      stderr: 'bad.csv, line 1: column 4 (size) is "x" and must be an integer of at least 1\n',
    });
    await expect(run()).rejects.toMatchObject({ code: 2 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

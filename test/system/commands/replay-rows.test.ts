import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiClient } from "../../../load/api-client.ts";
import { parseBook, parseMessages } from "../../../load/replay/lobster-file.ts";
import { type ReplayInput, replay } from "../../../load/replay/run.ts";
import { startPrivateVenue, type Target } from "../../../load/replay/target.ts";
import { Random } from "../../support/random.ts";
import { lobsterDay } from "../support/lobster-market.ts";

const NONE = "9999999999,0";

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

let target: Target;
let printed: string[];

beforeEach(async () => {
  printed = [];
  target = await startPrivateVenue("TEST-USD", "0.01");
});

afterEach(() => target.close());

function day(messagesText: string, bookText: string, isAligned = true): ReplayInput {
  return {
    url: target.url,
    instrument: "TEST-USD",
    messages: parseMessages(messagesText, "m.csv"),
    rows: parseBook(bookText, "b.csv"),
    isAligned,
    isVerbose: false,
    print: (line) => {
      const isProgress = line.startsWith("…");
      if (!isProgress) printed.push(line);
    },
  };
}

test.each([false, true])(
  "an execution of a hidden order between two ticks does not end a replay with a book (one row a message: %s)",
  async (isAligned) => {
    const messages = lines(["34200.1,1,1,100,2238100,1", "34200.2,5,0,1,2237950,1"]);
    const row = `${NONE},2238100,100`;
    const result = await replay(day(messages, lines([row, row]), isAligned));
    expect(result.report).toMatchObject({
      faultCount: 0,
      rows: { reached: 2, all: { agree: 2, compared: 2 } },
    });
    const [open] = (await new ApiClient(target.url).orderBook("TEST-USD", 1)).bids;
    expect(open).toMatchObject({ price: "223.81", quantity: "100" });
  },
);

test.each([1, 1, 2, 3])(
  "files of %i levels are followed row by row, whatever happens below them",
  async (levels) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { messages, rows } = lobsterDay(new Random(seed), levels, 250);
    const { report, summary } = await replay(day(lines(messages), lines(rows)));
    const { reached, best, all } = report.rows;
    const found = { disagreements: [...report.disagreements], faults: report.faultCount, printed };
    const executions = { ...report.executions };
    expect({ seed, ...found, executions, reached, best, all }).toEqual({
      seed,
      disagreements: [],
      faults: 0,
      printed: [expect.stringContaining("Every message has a row.")],
      executions: {
        introduced: { exact: expect.any(Number), notExact: 0 },
        seeded: { exact: expect.any(Number), notExact: 0 },
        notSent: 0,
      },
      reached: 250,
      best: { agree: best.compared, compared: best.compared },
      all: { agree: all.compared, compared: all.compared },
    });
    // Some of it was adopted from the rows, and most of it was not.
    expect(all.compared, `seed ${seed}`).toBeGreaterThan(100);
    expect(all.compared, `seed ${seed}`).toBeLessThan(250);
    expect(summary[0]).toContain(
      `best bid and offer in ${best.agree} of ${best.compared} rows; every level in`,
    );
  },
);

test("a level 1 row that differs from the messages is reported once, and then followed", async () => {
  const story = [
    ["1,1,10,1000000,1", `1000300,5,1000000,10`],
    ["1,2,10,1000100,1", `1000300,5,1000100,10`],
    // The row is wrong: it should be 15.
    ["1,3,5,1000100,1", `1000300,5,1000100,16`],
    ["4,2,10,1000100,1", `1000300,5,1000100,6`],
    // The quantity that comes into view is less than what rested there, and 1 is still there.
    ["3,3,6,1000100,1", `1000300,5,1000000,4`],
    ["4,1,4,1000000,1", `1000300,5,999900,7`],
    // An order that the file has not named before.
    ["4,9,7,999900,1", `1000300,5,${NONE}`],
  ] as const;
  const [messages, rows] = [story.map(([message]) => `34200.0,${message}`), story.map(([, row]) => row)];
  const { report, summary } = await replay(day(lines(messages), lines(rows)));
  expect(printed.slice(1)).toEqual([
    "line 3: book row 3: bid level 1 is 15 at 1000100 and should be 16 at 1000100: the row has a level, or more of one, that the messages never introduced (level_missing)",
  ]);
  expect(report.executions).toEqual({
    introduced: { exact: 2, notExact: 0 },
    seeded: { exact: 1, notExact: 0 },
    notSent: 0,
  });
  expect(report.rows.best).toEqual({ agree: 3, compared: 4 });
  expect(report.faultCount).toBe(0);
  expect(summary[0]).toContain("3 of 3 executions");
});

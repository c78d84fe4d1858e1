import { expect, test } from "vitest";
import { headLine, parseBook, parseMessages } from "../../load/replay/lobster-file.ts";

const messages = (...lines: string[]) => parseMessages(lines.join("\n"), "m.csv");
const book = (...lines: string[]) => parseBook(lines.join("\n"), "b.csv");

test("messages are parsed with any line endings", () => {
  const text = "34200.5,1,16113575,18,5853300,1\r\n34200.6,4,16113575,8,5853300,-1\n34201,7,0,0,-1,-1\n";
  expect(parseMessages(text, "m.csv")).toEqual([
    { line: 1, type: "new", number: 16113575, lots: 18, price: 5853300, side: "buy" },
    { line: 2, type: "execution", number: 16113575, lots: 8, price: 5853300, side: "sell" },
    { line: 3, type: "halt", number: 0, lots: 0, price: -1, side: "sell" },
  ]);
  expect(parseMessages("", "m.csv")).toEqual([]);
});

test.each([
  ["34200.5,1,7,18,5853300", "m.csv, line 2: has 5 columns and must have 6"],
  ["34200.5,1,7,18,5853300,1,9", "m.csv, line 2: has 7 columns and must have 6"],
  ["", "m.csv, line 2: has 1 columns and must have 6"],
  ["9:30,1,7,18,5853300,1", 'm.csv, line 2: column 1 (time) is "9:30" and must be seconds after midnight'],
  ["1.5,8,7,18,5853300,1", 'm.csv, line 2: column 2 (type) is "8" and must be one of 1 to 7'],
  ["1.5,01,7,18,5853300,1", 'm.csv, line 2: column 2 (type) is "01" and must be one of 1 to 7'],
  [
    "1.5,1,7x,18,5853300,1",
    'm.csv, line 2: column 3 (order id) is "7x" and must be an integer of at least 0',
  ],
  ["1.5,1,7,0,5853300,1", 'm.csv, line 2: column 4 (size) is "0" and must be an integer of at least 1'],
  ["1.5,1,7,18,585.33,1", 'm.csv, line 2: column 5 (price) is "585.33" and must be an integer of at least 1'],
  ["1.5,1,7,18,-1,1", 'm.csv, line 2: column 5 (price) is "-1" and must be an integer of at least 1'],
  [
    "1.5,1,7,18,99999999999999999,1",
    'm.csv, line 2: column 5 (price) is "99999999999999999" and must be an integer of at least 1',
  ],
  ["1.5,1,7,18,5853300,0", 'm.csv, line 2: column 6 (direction) is "0" and must be 1 (buy) or -1 (sell)'],
])("a bad message is reported with line and column: %s", (line, error) => {
  expect(() => messages("34200.5,1,7,18,5853300,1", line, "34200.5,1,7,18,5853300,1")).toThrow(error);
});

test("book rows are parsed, without the levels that do not exist", () => {
  expect(book("1010,5,1000,7,9999999999,0,990,8")).toEqual([
    {
      line: 1,
      asks: [{ price: 1010, lots: 5 }],
      bids: [
        { price: 1000, lots: 7 },
        { price: 990, lots: 8 },
      ],
      levelsMax: 2,
    },
  ]);
});

test.each([
  ["1010,5,1000", "b.csv, line 2: has 3 columns and line 1 has 4"],
  [
    "1010,5,1000,7.5",
    'b.csv, line 2: column 4 (level 1 bids size) is "7.5" and must be an integer of at least 0',
  ],
  ["x,5,1000,7", 'b.csv, line 2: column 1 (level 1 asks price) is "x" and must be an integer'],
])("a bad book row is reported with line and column: %s", (line, error) => {
  expect(() => book("1010,5,1000,7", line)).toThrow(error);
});

test("a book file has four columns a level", () => {
  expect(() => book("1010,5,1000,7,1020,3")).toThrow("b.csv, line 1: has 6 columns and must have 4 a level");
});

test("a header line is skipped, and counts as a line", () => {
  const head = "Time,Type,OrderID,Size,Price,Direction";
  const message = "34200.5,1,7,18,5853300,1";
  for (const text of [`${head}\n${message}\n`, `\uFEFF${head}\r\n${message}`]) {
    expect(headLine(text)).toBe(head);
    expect(parseMessages(text, "m.csv")).toEqual([{ ...messages(message)[0], line: 2 }]);
  }
  const columns = '"AskPrice1","AskSize1","BidPrice1","BidSize1"';
  expect(book(columns, "1010,5,1000,7")).toMatchObject([{ line: 2, levelsMax: 1 }]);
  expect(() => book(columns, "1010,5,1000,7", "1010,5")).toThrow(
    "b.csv, line 3: has 2 columns and line 2 has 4",
  );
  expect(headLine(message)).toBeUndefined();
  expect(() => messages(message, head)).toThrow('m.csv, line 2: column 1 (time) is "Time"');
});

import { expect, test } from "vitest";
import { fittingTick, instrumentOf } from "../../load/replay/fitting.ts";
import { parseBook, parseMessages } from "../../load/replay/lobster-file.ts";
import { Mentions } from "../../load/replay/mentions.ts";
import { readOptions } from "../../load/replay/options.ts";
import { planOrders, splitOrder } from "../../load/replay/order-plan.ts";
import { seedOrders } from "../../load/replay/seed.ts";

const messages = (...lines: string[]) =>
  parseMessages(lines.map((line) => `34200.0,${line}`).join("\n"), "m.csv");

/** The seeded orders as text: side, quantity, price, and number. */
function seeds(row: string, isAligned: boolean, ...lines: string[]): string[] {
  const read = messages(...lines);
  const [first] = parseBook(row, "b.csv");
  if (first === undefined) throw new Error("no row");
  const orders = seedOrders(first, read, planOrders(read).unknownOrders, isAligned);
  return orders.map(
    ({ number, side, price, lots }) => `${side} ${lots} at ${price} of ${number ?? "nobody"}`,
  );
}

test("an order is split into the part that stays, in front, and its partial cancels, the first one last", () => {
  expect(splitOrder(100)).toEqual([100]);
  expect(splitOrder(100, [10, 20])).toEqual([70, 20, 10]);
  expect(splitOrder(30, [10, 20])).toEqual([20, 10]);
});

test("an order of which the file cancels more than there is stays whole", () => {
  expect(splitOrder(100, [60, 60])).toEqual([100]);
});

test("the plan knows partial cancels, and the orders that were there before", () => {
  const plan = planOrders(
    messages(
      "1,5,30,1000,1",
      "2,5,10,1000,1",
      "4,3,7,1010,-1",
      "2,3,1,1010,-1",
      "5,9,5,1005,1",
      "3,5,20,1000,1",
    ),
  );
  expect([...plan.partialCancels]).toEqual([
    [5, [10]],
    [3, [1]],
  ]);
  expect(plan.unknownOrders).toEqual([{ number: 3, side: "sell", price: 1010, lots: 8 }]);
});

test("the book before the first message is the first row minus the effect of that message", () => {
  const row = "1010,5,1000,7,1020,6,990,8";
  const others = ["sell 5 at 1010 of nobody", "sell 6 at 1020 of nobody"];
  expect(seeds(row, true, "1,5,3,1000,1")).toEqual([
    "buy 4 at 1000 of nobody",
    "buy 8 at 990 of nobody",
    ...others,
  ]);
  expect(seeds(row, true, "1,5,7,1000,1")).toEqual(["buy 8 at 990 of nobody", ...others]);
  // The first message removes it, so it was there before.
  expect(seeds(row, true, "4,2,9,1003,1")).toEqual([
    "buy 7 at 1000 of nobody",
    "buy 8 at 990 of nobody",
    "buy 9 at 1003 of 2",
    ...others,
  ]);
});

test("the first row is made by the first message within its levels", () => {
  const row = "1010,5,1000,7,1020,6,990,8";
  expect(seeds(row, false, "1,5,3,980,1", "1,6,3,990,1", "1,7,2,990,1")).toEqual([
    "buy 7 at 1000 of nobody",
    "buy 5 at 990 of nobody",
    "sell 5 at 1010 of nobody",
    "sell 6 at 1020 of nobody",
  ]);
});

test("seeded quantity belongs to the orders that the file names, by number, and then to none", () => {
  const lines = ["5,0,1,1005,1", "3,9,4,1000,1", "4,8,2,1000,1", "3,4,9,1000,1", "3,3,9,1000,1"];
  expect(seeds("1010,5,1000,7", true, ...lines)).toEqual([
    "buy 1 at 1000 of 4",
    "buy 2 at 1000 of 8",
    "buy 4 at 1000 of 9",
    "sell 5 at 1010 of nobody",
  ]);
  expect(seeds("1010,5,1000,7", true, "5,0,1,1005,1", "3,9,4,1000,1").slice(0, 2)).toEqual([
    "buy 4 at 1000 of 9",
    "buy 3 at 1000 of nobody",
  ]);
});

test("the quantity that messages take from a level is known, without what they introduce first", () => {
  const mentions = new Mentions(
    messages(
      "1,5,30,1000,1",
      "2,5,10,1000,1",
      "5,5,1,1000,1",
      "3,4,7,1000,1",
      "1,6,2,1000,1",
      "3,6,2,1000,1",
    ),
  );
  const [five, four] = [
    { number: 5, side: "buy", price: 1000, lots: 10, partialCancels: [10] },
    { number: 4, side: "buy", price: 1000, lots: 7, partialCancels: [] },
  ];
  expect(mentions.after(-1, "buy", 1000)).toEqual([four]);
  expect(mentions.after(0, "buy", 1000)).toEqual([five, four]);
  expect(mentions.after(1, "buy", 1000)).toEqual([four]);
  expect(mentions.after(4, "buy", 1000)).toEqual([
    { number: 6, side: "buy", price: 1000, lots: 2, partialCancels: [] },
  ]);
  expect(mentions.after(0, "sell", 1000)).toEqual([]);
});

test("an instrument fits a file by its name and the prices of its visible book", () => {
  const cents = messages("1,5,30,2238100,1", "5,0,1,2237950,1");
  expect(fittingTick(cents, undefined)).toBe("0.0100");
  expect(fittingTick(cents, parseBook("2238150,5,2238100,7", "b.csv"))).toBe("0.0050");
  expect(fittingTick(messages("1,5,30,2238110,1"), undefined)).toBe("0.0010");
  expect(fittingTick(messages("1,5,30,2238111,1"), undefined)).toBe("0.0001");
  expect(instrumentOf("/data/AAPL_2012-06-21_34200000_57600000_message_10.csv")).toBe("AAPL-USD");
  expect(instrumentOf("brk.b-2012-06-21.csv.gz")).toBe("BRK.B-USD");
  expect(instrumentOf("messages.csv")).toBe("STOCK-USD");
});

test("options are parsed, and invalid ones are named", () => {
  expect(readOptions(["--messages", "msft_2020-01-02_m", "--limit", "5", "--venue"])).toEqual({
    messages: "msft_2020-01-02_m",
    limit: 5,
    isVerbose: false,
    instrument: "MSFT-USD",
  });
  expect(() => readOptions([])).toThrow("--messages FILE is missing");
  expect(() => readOptions(["--messages", "m"])).toThrow("--venue or --url URL is missing");
  expect(() => readOptions(["--messages", "m", "--url", "http://x", "--venue"])).toThrow(
    "--venue and --url exclude each other",
  );
  expect(() => readOptions(["--messages", "m", "--limit", "0"])).toThrow(
    "--limit must be a positive integer",
  );
  expect(() => readOptions(["--messages", "m", "--url", "x"])).toThrow("--url must begin with http");
  expect(() => readOptions(["--messages", "m", "--url", "http://x"])).toThrow("--url needs --instrument");
  expect(() => readOptions(["--message", "m"])).toThrow("--message");
});

import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { amountText } from "../../load/demo/amounts.ts";
import type { Deed } from "../../load/demo/deeds.ts";
import { type DemoView, screenLines } from "../../load/demo/screen.ts";
import { TerminalScreen } from "../../load/demo/terminal.ts";
import { Random } from "../support/random.ts";

/** A view of random markets. The screen must fit, whatever their content. */
function drawView(random: Random, marketCount: number): DemoView {
  const levels = (from: number, step: number) =>
    Array.from({ length: random.between(0, 40) }, (_, index) => ({
      price: (from + step * (index + 1)).toFixed(2),
      quantity: (random.between(1, 10 ** random.between(0, 9)) / 1e4).toFixed(8),
      orders: 1,
    }));
  const markets = Array.from({ length: marketCount }, (_, index) => ({
    instrument: `M${index}-USD`,
    bids: levels(50_000, -0.5),
    asks: levels(50_000, 0.5),
    trades: Array.from({ length: random.between(0, 30) }, (_, at) => ({
      trade_id: at,
      instrument: `M${index}-USD`,
      price: "50000.50",
      quantity: "0.25000000",
      taker_side: random.pick(["buy", "sell"] as const),
      maker_order_id: "",
      taker_order_id: "",
      sequence: at,
      time: "2026-11-23T20:08:58.353Z",
    })),
  }));
  const deeds: Deed[] = Array.from({ length: random.between(0, 50) }, (_, at) => ({
    timeMs: 0,
    trader: "anna",
    instrument: "M0-USD",
    side: "buy" as const,
    words: `deed ${at} ${"and so on ".repeat(random.between(0, 20))}`,
  }));
  return {
    url: "http://localhost:3000",
    doing: "20 requests a second",
    totals: "placed 1",
    footer: "the foot",
    markets,
    deeds: (count) => deeds.slice(-count).reverse(),
  };
}

const plain = (view: DemoView, columns: number, rows: number) =>
  screenLines(view, { columns, rows }).map(stripVTControlCharacters);

describe("the screen of the demo", () => {
  test.each([811, 812, 813, 814])("fits any terminal (seed %i)", (seed) => {
    const random = new Random(seed);
    for (let round = 0; round < 100; round++) {
      const [columns, rows] = [random.between(20, 220), random.between(5, 80)];
      const lines = plain(drawView(random, random.between(1, 4)), columns, rows);
      const label = `seed ${seed}, round ${round}, ${columns}x${rows}`;
      expect(lines.length, label).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(line.length, `${label}: ${line}`).toBeLessThanOrEqual(columns);
      expect(lines.at(-1), label).toContain("the foot");
    }
  });

  test("has the best prices beside the spread, the newest trade and action on top, on 80x24", () => {
    const level = (price: string) => ({ price, quantity: "0.50000000", orders: 1 });
    const market = {
      instrument: "BTC-USD",
      asks: ["50001.00", "50002.00", "50003.00", "50004.00", "50005.00"].map(level),
      bids: ["49999.50", "49998.00"].map(level),
      trades: ["49000.00", "51234.50"].map((price) => ({
        trade_id: 1,
        instrument: "BTC-USD",
        quantity: "0.25000000",
        taker_side: "buy" as const,
        price,
        maker_order_id: "",
        taker_order_id: "",
        sequence: 1,
        time: "2026-11-23T20:08:58.353Z",
      })),
    };
    const did = {
      timeMs: 0,
      trader: "anna",
      instrument: "BTC-USD",
      side: "buy" as const,
      words: "buys, rests",
    };
    const deeds = () => [did, { ...did, words: "what was before" }];
    const view = {
      ...drawView(new Random(2), 0),
      deeds,
      markets: [market, { ...market, instrument: "ETH-USD" }],
    };
    const lines = plain(view, 80, 24);
    expect(lines).toHaveLength(24);
    const title = lines.findIndex((line) => line.startsWith("BTC-USD"));
    expect(lines[title]).toMatch(/^BTC-USD {2}51,234\.50 ▲ +ETH-USD {2}51,234\.50 ▲/);
    const spread = lines.findIndex((line) => line.includes("spread"));
    expect(lines[spread]).toContain("spread 1.50");
    expect(lines[spread - 1]).toMatch(/^ +50,001\.00 +0\.5000 █+/);
    expect(lines[spread + 1]).toMatch(/^ +49,999\.50 +0\.5000 █+/);
    expect(lines[spread + 3]?.trim(), "where no level is").toBe("");
    expect(lines[lines.findIndex((line) => line.includes("Trades")) + 1]).toContain(
      "buy     0.2500 at 51,234.50",
    );
    expect(lines[lines.findIndex((line) => line.includes("Traders")) + 1]).toMatch(
      /anna +BTC-USD {2}buys, rests/,
    );
  });

  test("has amounts in groups of three digits, by their own digits", () => {
    expect(["1", "1234.50", "1234567.5", "0.00000001"].map((text) => amountText(text))).toEqual([
      "1",
      "1,234.50",
      "1,234,567.5",
      "0.00000001",
    ]);
    expect(["12345678901234567890.98765", "1", "0.1"].map((text) => amountText(text, 4))).toEqual([
      "12,345,678,901,234,567,890.9876",
      "1.0000",
      "0.1000",
    ]);
  });
});

describe("a terminal", () => {
  /** The content of a terminal after everything that was written to it. */
  function terminal(columns: number, rows: number) {
    const shown: string[] = [];
    const writes: string[] = [];
    const write = (text: string) => {
      writes.push(text);
      if (text.includes("\x1b[2J")) shown.length = 0;
      for (const part of text.split("\x1b[").filter((each) => /^\d+;1H/.test(each))) {
        const [row = "", line = ""] = part.split(";1H");
        shown[Number(row) - 1] = line;
      }
    };
    return { shown, writes, output: { columns, rows, write } };
  }

  test("gets only the changes, and everything when its size has changed", () => {
    const { shown, writes, output } = terminal(80, 24);
    const screen = new TerminalScreen(output);
    screen.open();
    screen.draw(["a", "b", "c"]);
    expect(shown).toEqual(["a", "b", "c"]);
    screen.draw(["a", "x", "c"]);
    expect(shown).toEqual(["a", "x", "c"]);
    expect(writes.at(-1)).toBe("\x1b[?2026h\x1b[2;1Hx\x1b[?2026l");
    output.rows = 10;
    screen.draw(["a", "x"]);
    expect(shown).toEqual(["a", "x"]);
  });

  test("gets its previous content back, once", () => {
    const { writes, output } = terminal(80, 24);
    const screen = new TerminalScreen(output);
    screen.close();
    expect(writes).toEqual([]);
    screen.open();
    expect(writes.at(-1)).toContain("\x1b[?1049h");
    screen.close();
    screen.close();
    expect(writes.at(-1)).toBe("\x1b[?25h\x1b[?1049l");
    expect(writes).toHaveLength(2);
  });
});

import { styleText } from "node:util";
import type { LevelView, TradeView } from "../../protocol/market-data.ts";
import { amountText, QUANTITY_DIGITS } from "./amounts.ts";
import type { Deed } from "./deeds.ts";

/** What the screen shows of one instrument. */
export interface MarketView {
  readonly instrument: string;
  /** Best first. */
  readonly bids: readonly LevelView[];
  readonly asks: readonly LevelView[];
  /** Newest last. */
  readonly trades: readonly TradeView[];
}

export interface DemoView {
  readonly url: string;
  /** The current activity as text. */
  readonly doing: string;
  readonly totals: string;
  readonly footer: string;
  readonly markets: readonly MarketView[];
  readonly deeds: (count: number) => readonly Deed[];
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

type Style = Parameters<typeof styleText>[0];

/** The fixed lines: two heads, titles, spreads, two headings, the foot. */
const FIXED_ROWS = 7;
/** A market has at least this many columns. Columns beyond the maximum stay empty. */
const MARKET_COLUMNS_MIN = 38;
const MARKET_COLUMNS_MAX = 72;
const GAP = "  ";
const PRICE_COLUMNS = 11;
const QUANTITY_COLUMNS = 10;
const LEVELS_MAX = 20;
/** The shares of the rows for a side of the book and for the trades. The traders get the rest. */
const LEVELS_SHARE = 0.28;
const TRADES_SHARE = 0.2;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** The screen of the demo: exactly `rows` lines, none wider than `columns`. */
export function screenLines(view: DemoView, { columns, rows }: ScreenSize): string[] {
  const room = Math.max(0, rows - FIXED_ROWS);
  const levels = Math.min(LEVELS_MAX, Math.max(1, Math.floor(room * LEVELS_SHARE)));
  const tradeCount = Math.max(1, Math.floor(room * TRADES_SHARE));
  const deedCount = Math.max(0, room - 2 * levels - tradeCount);
  const fitting = Math.max(1, Math.floor((columns + GAP.length) / (MARKET_COLUMNS_MIN + GAP.length)));
  const shown = view.markets.slice(0, fitting);
  const share = Math.floor((columns - GAP.length * (shown.length - 1)) / Math.max(1, shown.length));
  const width = Math.min(MARKET_COLUMNS_MAX, share);
  const blocks = shown.map((market) => marketLines(market, width, levels, tradeCount));
  const lines = [
    line(`Edgebook at ${view.url}   ${view.doing}`, columns, "bold"),
    line(view.totals, columns),
    ...(blocks[0] ?? []).map((_, row) => blocks.map((block) => block[row]).join(GAP)),
    heading("Traders", columns),
    ...deedLines(view.deeds(deedCount), deedCount, columns),
  ];
  // If the terminal is too small, only the top is shown.
  return [...lines.slice(0, rows - 1), line(view.footer, columns, "dim")];
}

function marketLines(market: MarketView, width: number, levels: number, tradeCount: number): string[] {
  const { bids, asks, trades } = market;
  const sides = [asks.slice(0, levels), bids.slice(0, levels)] as const;
  const largest = sides.flat().reduce((most, { quantity }) => Math.max(most, Number(quantity)), 0);
  const side = (of: readonly LevelView[], style: Style) =>
    Array.from({ length: levels }, (_, index) => levelLine(of[index], largest, width, style));
  return [
    titleLine(market, width),
    ...side(sides[0], "red").reverse(),
    line(`${" ".repeat(PRICE_COLUMNS - 6)}spread ${spreadOf(bids[0], asks[0])}`, width, "dim"),
    ...side(sides[1], "green"),
    heading("Trades", width),
    ...Array.from({ length: tradeCount }, (_, index) => tradeLine(trades.at(-1 - index), width)),
  ];
}

function titleLine({ instrument, trades }: MarketView, width: number): string {
  const [before, last] = [trades.at(-2), trades.at(-1)];
  if (last === undefined) return line(`${instrument}  no trade yet`, width, "bold");
  const move = Math.sign(Number(last.price) - Number(before?.price ?? last.price));
  const arrow = move > 0 ? "▲" : move < 0 ? "▼" : " ";
  return line(`${instrument}  ${amountText(last.price)} ${arrow}`, width, "bold");
}

function levelLine(level: LevelView | undefined, largest: number, width: number, style: Style): string {
  if (level === undefined) return line("", width);
  const price = amountText(level.price).padStart(PRICE_COLUMNS);
  const quantity = amountText(level.quantity, QUANTITY_DIGITS).padStart(QUANTITY_COLUMNS);
  const bar = barOf(Number(level.quantity) / largest, width - PRICE_COLUMNS - QUANTITY_COLUMNS - 2);
  return line(`${price} ${quantity} ${bar}`, width, style);
}

function tradeLine(trade: TradeView | undefined, width: number): string {
  if (trade === undefined) return line("", width);
  const { time, taker_side, quantity, price } = trade;
  const words = `${clockText(Date.parse(time))} ${taker_side.padEnd(4)}`;
  const amounts = `${amountText(quantity, QUANTITY_DIGITS).padStart(QUANTITY_COLUMNS)} at ${amountText(price)}`;
  return line(`${words}${amounts}`, width, taker_side === "buy" ? "green" : "red");
}

function deedLines(deeds: readonly Deed[], count: number, width: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const deed = deeds[index];
    if (deed === undefined) return line("", width);
    const { timeMs, trader, instrument, side, words } = deed;
    const style = side === "buy" ? "green" : "red";
    return line(`${clockText(timeMs)} ${trader.padEnd(6)} ${instrument}  ${words}`, width, style);
  });
}

function spreadOf(bid: LevelView | undefined, ask: LevelView | undefined): string {
  if (bid === undefined || ask === undefined) return "–";
  const digits = bid.price.split(".")[1]?.length ?? 0;
  return (Number(ask.price) - Number(bid.price)).toFixed(digits);
}

/** A bar with the length of a share of the width. */
function barOf(part: number, width: number): string {
  const eighths = Math.round(Math.max(0, part) * 8 * Math.max(0, width));
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

function heading(text: string, width: number): string {
  return line(`── ${text} ${"─".repeat(width)}`, width, "dim");
}

/** The time of day by this machine's clock. */
function clockText(timeMs: number): string {
  return new Date(timeMs).toTimeString().slice(0, 8);
}

/** A text, cut or padded to a width, then coloured. Every character takes one column. */
function line(text: string, width: number, style?: Style): string {
  const cut = text.slice(0, width).padEnd(width);
  return style === undefined ? cut : styleText(style, cut);
}

import type { OrderBook } from "../../engine/book/order-book.ts";
import { BUY, SELL, type Side } from "../../engine/vocabulary/units.ts";
import type { Quote } from "./market-statistics.ts";

/** The number of levels per side that count as its depth. */
const DEPTH_LEVELS = 10;

/** The measured part of the book. */
export function quoteOf(book: OrderBook): Quote {
  const [bid, ask] = [sideOf(book, BUY), sideOf(book, SELL)];
  return {
    bidTicks: bid.ticks,
    bidLots: bid.lots,
    bidDepthLots: bid.depthLots,
    askTicks: ask.ticks,
    askLots: ask.lots,
    askDepthLots: ask.depthLots,
  };
}

type QuoteNumbers = readonly [number | null, number, number, number | null, number, number];

/** A quote as it is stored. */
export function quoteText({
  bidTicks,
  bidLots,
  bidDepthLots,
  askTicks,
  askLots,
  askDepthLots,
}: Quote): string {
  const numbers: QuoteNumbers = [bidTicks, bidLots, bidDepthLots, askTicks, askLots, askDepthLots];
  return JSON.stringify(numbers);
}

export function quoteOfText(text: string): Quote {
  const [bidTicks, bidLots, bidDepthLots, askTicks, askLots, askDepthLots]: QuoteNumbers = JSON.parse(text);
  return { bidTicks, bidLots, bidDepthLots, askTicks, askLots, askDepthLots };
}

function sideOf(book: OrderBook, side: Side): { ticks: number | null; lots: number; depthLots: number } {
  let best: { ticks: number; lots: number } | undefined;
  let depthLots = 0;
  for (const { priceTicks, totalLots } of book.levels(side, DEPTH_LEVELS)) {
    best ??= { ticks: priceTicks, lots: totalLots };
    depthLots += totalLots;
  }
  return { ticks: best?.ticks ?? null, lots: best?.lots ?? 0, depthLots };
}

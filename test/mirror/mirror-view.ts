import { formatSteps, parseStep } from "../../protocol/decimal.ts";
import type { TradeView } from "../../protocol/market-data.ts";
import type { RedisConnection } from "./mirrored-venue.ts";

interface LevelText {
  readonly price: string;
  readonly quantity: string;
  readonly orders: number;
}

/** A mirror as another program reads it: with the commands of docs/MIRROR.md, in one transaction. */
export interface MirrorView {
  readonly epoch: number;
  readonly sequence: number;
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
  readonly trades: readonly TradeView[];
}

const CENT = parseStep("0.01");

/** Reads the whole mirror. Undefined if its own state says that it is incomplete. */
export async function readMirror(
  redis: RedisConnection,
  instrument = "BTC-USD",
  tick = CENT,
): Promise<MirrorView | undefined> {
  const key = (part: string) => `{${instrument}}:${part}`;
  const [state, bids, bidDepth, asks, askDepth, trades] = (await redis
    .multi()
    .hGetAll(key("state"))
    .zRangeWithScores(key("bids"), 0, -1, { REV: true })
    .hGetAll(key("bids:depth"))
    .zRangeWithScores(key("asks"), 0, -1)
    .hGetAll(key("asks:depth"))
    .lRange(key("trades"), 0, -1)
    .exec()) as unknown as [Texts, Scored[], Texts, Scored[], Texts, string[]];
  if (state.sequence === undefined) return undefined;
  const counted: [string, number][] = [
    ["bids", bids.length],
    ["bids", Object.keys(bidDepth).length],
    ["asks", asks.length],
    ["asks", Object.keys(askDepth).length],
    ["trades", trades.length],
  ];
  for (const [part, count] of counted) if (state[part] !== String(count)) return undefined;
  return {
    epoch: Number(state.epoch),
    sequence: Number(state.sequence),
    bids: levels(bids, bidDepth, tick),
    asks: levels(asks, askDepth, tick),
    trades: trades.map((text) => JSON.parse(text)),
  };
}

type Texts = Record<string, string>;
interface Scored {
  readonly value: string;
  readonly score: number;
}

/** @throws if an entry is missing or superfluous, or if a score is not the price in ticks. */
function levels(prices: readonly Scored[], depth: Texts, tick: typeof CENT): LevelText[] {
  if (Object.keys(depth).length !== prices.length) throw new Error("prices and depth do not match");
  return prices.map(({ value, score }) => {
    if (formatSteps(score, tick) !== value) throw new Error(`the score of ${value} is ${score}`);
    const [quantity = "", orders] = String(depth[value]).split(" ");
    return { price: value, quantity, orders: Number(orders) };
  });
}

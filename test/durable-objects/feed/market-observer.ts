import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import { type LevelView, type TradeView, tradeList } from "../../../protocol/market-data.ts";
import { Random } from "../../support/random.ts";
import { book, get, read } from "../../worker/client.ts";
import { Flow, object } from "../flow.ts";

const DAY_START_MS = Date.UTC(2031, 4, 6, 9, 59, 30);

/** What anybody can observe of the market: the book after each flush, and the trades. */
interface Sample {
  readonly timeMs: number;
  readonly bids: readonly LevelView[];
  readonly asks: readonly LevelView[];
}

/** A seeded and observed market over some hours, whose object is evicted and aborted from time to time. */
export async function observe(
  seed: number,
  steps: number,
): Promise<{ samples: Sample[]; trades: TradeView[]; nowMs: number }> {
  const random = new Random(seed);
  const flow = new Flow(random);
  const samples: Sample[] = [];
  let nowMs = DAY_START_MS;
  vi.useFakeTimers({ now: nowMs, toFake: ["Date"] });
  for (let step = 0; step < steps; step++) {
    nowMs +=
      random.weighted({ 0: 10, 1: 60, 2: 25, 3: 5 }) === "3"
        ? random.between(1, 20) * 60_000
        : random.between(0, 40_000);
    vi.setSystemTime(nowMs);
    await flow.step(1);
    const { bids, asks } = await book("?levels=10");
    samples.push({ timeMs: nowMs, bids, asks });
    const end = random.weighted({ none: 92, abort: 4, evict: 4 });
    if (end === "abort") await abortAllDurableObjects();
    if (end === "evict") await evictDurableObject(object());
  }
  nowMs += 7_123;
  vi.setSystemTime(nowMs);
  const { trades } = read(await get("/public/trades?limit=1000"), 200, tradeList);
  return { samples, trades: trades.reverse(), nowMs };
}

/** Ticks and lots of the default instrument. */
export const ticks = (price: string) => Number(price.replace(".", ""));
export const lots = (quantity: string) => BigInt(quantity.replace(".", ""));
export const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);

/** The mean of amounts weighted by time or quantity, as text with a number of digits. */
function mean(pairs: readonly (readonly [bigint, bigint])[], scale: number): string | null {
  const weight = sum(pairs.map(([, each]) => each));
  if (weight === 0n) return null;
  const total = sum(pairs.map(([amount, each]) => amount * each));
  return fixed((total * 20_000n + weight) / (2n * weight), scale + 4);
}

export function fixed(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The statistics of a window by their definitions, from the observations. */
export function expected({ samples, trades, nowMs }: Awaited<ReturnType<typeof observe>>, minutes: number) {
  const startMs = Math.max(
    Math.floor(nowMs / 60_000) * 60_000 - (minutes - 1) * 60_000,
    Math.floor((samples[0]?.timeMs ?? 0) / 60_000) * 60_000,
  );
  const within = trades.filter(({ time }) => Date.parse(time) >= startMs);
  const timeOf = ({ time }: TradeView) => Date.parse(time);
  // The observed states, with the times during which they held.
  const spans = samples.map((sample, index) => {
    const from = Math.max(sample.timeMs, startMs);
    return { ...sample, ms: BigInt(Math.max(0, (samples[index + 1]?.timeMs ?? nowMs) - from)) };
  });
  const depth = (levels: readonly LevelView[]) => sum(levels.map(({ quantity }) => lots(quantity)));
  const quoted = spans.flatMap(({ bids, asks, ms }) =>
    bids[0] && asks[0] ? [{ bid: ticks(bids[0].price), ask: ticks(asks[0].price), ms }] : [],
  );
  const priced = trades.map((trade, index) => {
    const next = trades[index + 1];
    const until = next === undefined ? nowMs : timeOf(next);
    return [
      BigInt(ticks(trade.price)),
      BigInt(Math.max(0, until - Math.max(timeOf(trade), startMs))),
    ] as const;
  });
  const lastBefore = (endMs: number) => trades.findLast((trade) => timeOf(trade) < endMs);
  const returns: number[] = [];
  for (let endMs = startMs + 120_000; endMs < nowMs + 60_000; endMs += 60_000) {
    const [a, b] = [lastBefore(endMs - 60_000), lastBefore(endMs)];
    if (a && b) returns.push(Math.log(ticks(b.price) / ticks(a.price)));
  }
  const flow = spans.map(({ bids, asks, timeMs }, index) => {
    if (timeMs < startMs) return 0n;
    const before = spans[index - 1];
    const part = (was: LevelView | undefined, is: LevelView | undefined, sign: number) => {
      const [p0, p1] = [was && sign * ticks(was.price), is && sign * ticks(is.price)];
      const isNotWorse = p1 !== undefined && (p0 === undefined || p1 >= p0);
      const isNotBetter = p0 !== undefined && (p1 === undefined || p1 <= p0);
      return (isNotWorse && is ? lots(is.quantity) : 0n) - (isNotBetter && was ? lots(was.quantity) : 0n);
    };
    return part(before?.bids[0], bids[0], 1) - part(before?.asks[0], asks[0], -1);
  });
  const buys = within.filter(({ taker_side }) => taker_side === "buy");
  const volume = sum(within.map(({ quantity }) => lots(quantity)));
  const buyVolume = sum(buys.map(({ quantity }) => lots(quantity)));
  const root = Math.sqrt(returns.reduce((total, each) => total + each * each, 0));
  const seen = sum(spans.map(({ ms }) => ms));
  return {
    trades: within.length,
    volume: fixed(volume, 8),
    notional: fixed(sum(within.map(({ price, quantity }) => BigInt(ticks(price)) * lots(quantity))), 10),
    vwap: mean(
      within.map(({ price, quantity }) => [BigInt(ticks(price)), lots(quantity)]),
      2,
    ),
    twap: mean(priced, 2),
    realized_volatility: returns.length === 0 ? null : root.toFixed(8),
    realized_volatility_annualized:
      returns.length === 0 ? null : (root * Math.sqrt(525_600 / returns.length)).toFixed(8),
    buy_volume: fixed(buyVolume, 8),
    sell_volume: fixed(volume - buyVolume, 8),
    order_flow_imbalance: fixed(sum(flow), 8),
    average_spread: mean(
      quoted.map(({ bid, ask, ms }) => [BigInt(ask - bid), ms]),
      2,
    ),
    average_bid_depth: mean(
      spans.map(({ bids, ms }) => [depth(bids), ms]),
      8,
    ),
    average_ask_depth: mean(
      spans.map(({ asks, ms }) => [depth(asks), ms]),
      8,
    ),
    quoted: Number(sum(quoted.map(({ ms }) => ms))) / Number(seen),
    imbalance: volume === 0n ? null : Number(2n * buyVolume - volume) / Number(volume),
    sizes: within.map(({ quantity }) => lots(quantity).toString(2).length - 1),
  };
}

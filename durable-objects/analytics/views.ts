import type {
  CandleView,
  ClientStatisticsView,
  MarketStatisticsView,
  TickerView,
} from "../../protocol/analytics.ts";
import { divideRoundedHalfUp, formatScaled, formatSteps, type Step } from "../../protocol/decimal.ts";
import type { InstrumentSpec } from "../../protocol/instrument-spec.ts";
import { isoTime } from "../../protocol/iso-time.ts";
import { notionalText } from "../records/order-view.ts";
import type { Candle } from "./candle.ts";
import type { ClientSums } from "./client-statistics.ts";
import type { MarketStatistics } from "./market-statistics.ts";
import { joinMinutes, type Minute } from "./minute.ts";

/** An average has this many digits more than its input. A ratio has this many digits in total. */
const EXTRA_DIGITS = 4;
const RATIO_DIGITS = 8;
const MINUTES_A_YEAR = 365 * 24 * 60;

export function candleView(spec: InstrumentSpec, candle: Candle): CandleView {
  const price = (ticks: number) => formatSteps(ticks, spec.tick);
  return {
    start: isoTime(candle.startMs),
    open: price(candle.open),
    high: price(candle.high),
    low: price(candle.low),
    close: price(candle.close),
    volume: lotsText(spec, candle.lots),
    notional: notionalText(spec, candle.notional),
    trades: candle.trades,
  };
}

/** The ticker: best prices and 24-hour statistics. */
export function tickerView(
  spec: InstrumentSpec,
  market: MarketStatistics,
): Omit<TickerView, "instrument" | "time"> {
  const { bidTicks, bidLots, askTicks, askLots } = market.quote;
  const { day } = market;
  const { open, close } = day;
  const change = open === null || close === null ? null : close - open;
  return {
    bid: levelText(spec, bidTicks, bidLots),
    ask: levelText(spec, askTicks, askLots),
    last: priceText(spec, day.endTicks),
    from: isoTime(day.startMs),
    open: priceText(spec, open),
    high: priceText(spec, day.high),
    low: priceText(spec, day.low),
    close: priceText(spec, close),
    change: change === null ? null : signed(BigInt(change), (ticks) => stepsText(ticks, spec.tick)),
    volume: lotsText(spec, day.lots),
    notional: notionalText(spec, day.notional),
    vwap: average(day.notional, day.lots, spec.tick),
    trades: day.trades,
  };
}

/** The statistics of the last minutes. */
export function marketView(
  spec: InstrumentSpec,
  market: MarketStatistics,
  minutes: number,
  nowMs: number,
): MarketStatisticsView {
  const seen = market.last(minutes);
  const all = joinMinutes(seen);
  const volatility = realizedVolatility(seen);
  const sellLots = all.lots - all.buyLots;
  return {
    instrument: spec.instrument,
    from: isoTime(all.startMs),
    to: isoTime(nowMs),
    trades: all.trades,
    volume: lotsText(spec, all.lots),
    notional: notionalText(spec, all.notional),
    vwap: average(all.notional, all.lots, spec.tick),
    twap: average(all.priceSum, BigInt(all.pricedMs), spec.tick),
    realized_volatility: volatility === null ? null : volatility.value.toFixed(RATIO_DIGITS),
    realized_volatility_annualized:
      volatility === null
        ? null
        : (volatility.value * Math.sqrt(MINUTES_A_YEAR / volatility.returns)).toFixed(RATIO_DIGITS),
    trade_imbalance: ratio(all.buyLots - sellLots, all.lots),
    buy_volume: lotsText(spec, all.buyLots),
    sell_volume: lotsText(spec, sellLots),
    order_flow_imbalance: signed(all.flowLots, (lots) => lotsText(spec, lots)),
    average_spread: average(all.spreadSum, BigInt(all.quotedMs), spec.tick),
    average_spread_basis_points: ratio(all.spreadSum * 2n * 10_000n, all.midSum),
    average_bid_depth: average(all.bidSum, BigInt(all.seenMs), spec.lot),
    average_ask_depth: average(all.askSum, BigInt(all.seenMs), spec.lot),
    quoted_share: ratio(BigInt(all.quotedMs), BigInt(all.seenMs)),
    trade_sizes: all.sizes.flatMap((trades, size) => {
      const [from, to] = [lotsText(spec, 2n ** BigInt(size)), lotsText(spec, 2n ** BigInt(size + 1))];
      return trades === 0 ? [] : [{ from, to, trades }];
    }),
  };
}

/** The trading statistics of a client. */
export function clientView(spec: InstrumentSpec, clientId: string, sums: ClientSums): ClientStatisticsView {
  const role = (name: "maker" | "taker" | "buy" | "sell") => ({
    trades: sums[`${name}Trades`],
    volume: lotsText(spec, sums[`${name}Lots`]),
    notional: notionalText(spec, sums[`${name}Notional`]),
  });
  return {
    instrument: spec.instrument,
    client_id: clientId,
    maker: role("maker"),
    taker: role("taker"),
    bought: role("buy"),
    sold: role("sell"),
    average_buy_price: average(sums.buyNotional, sums.buyLots, spec.tick),
    average_sell_price: average(sums.sellNotional, sums.sellLots, spec.tick),
    net_quantity: signed(sums.buyLots - sums.sellLots, (lots) => lotsText(spec, lots)),
  };
}

/**
 * The square root of the sum of squared logarithmic returns between the ends of minutes, and the number of
 * returns; null if there is none. It is a measure and not money, hence a float.
 */
function realizedVolatility(minutes: readonly Minute[]): { value: number; returns: number } | null {
  let sum = 0;
  let returns = 0;
  let previous: number | null = null;
  for (const { endTicks } of minutes) {
    if (endTicks !== null && previous !== null) {
      sum += Math.log(endTicks / previous) ** 2;
      returns++;
    }
    previous = endTicks;
  }
  return returns === 0 ? null : { value: Math.sqrt(sum), returns };
}

function priceText(spec: InstrumentSpec, ticks: number | null): string | null {
  return ticks === null ? null : formatSteps(ticks, spec.tick);
}

function levelText(spec: InstrumentSpec, ticks: number | null, lots: number) {
  return ticks === null
    ? null
    : { price: formatSteps(ticks, spec.tick), quantity: formatSteps(lots, spec.lot) };
}

function stepsText(count: bigint, step: Step): string {
  return formatScaled(count * BigInt(step.units), step.scale);
}

function lotsText(spec: InstrumentSpec, lots: bigint): string {
  return stepsText(lots, spec.lot);
}

/** A sum of steps × weight, divided by the weight and rounded half up; null if the weight is zero. */
function average(sum: bigint, weight: bigint, step: Step): string | null {
  if (weight === 0n) return null;
  const scaled = sum * BigInt(step.units) * 10n ** BigInt(EXTRA_DIGITS);
  return formatScaled(divideRoundedHalfUp(scaled, weight), step.scale + EXTRA_DIGITS);
}

function ratio(part: bigint, whole: bigint): string | null {
  if (whole === 0n) return null;
  return signed(part, (size) =>
    formatScaled(divideRoundedHalfUp(size * 10n ** BigInt(RATIO_DIGITS), whole), RATIO_DIGITS),
  );
}

function signed(value: bigint, format: (size: bigint) => string): string {
  return value < 0n ? `-${format(-value)}` : format(value);
}

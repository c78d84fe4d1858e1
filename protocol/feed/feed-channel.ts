import { CANDLE_INTERVALS, type CandleInterval } from "../candle-interval.ts";

/** The depths of `book` channels, in levels of each side. The channel without a number has all levels. */
export const BOOK_DEPTHS = [10, 25, 100, 1000] as const;
/** The least time between two messages of a conflated channel. */
export const CONFLATION_MS = 100;

const BOOKS = ["book", ...BOOK_DEPTHS.map((depth) => `book.${depth}` as const)] as const;

/** The channels of aggregated levels. */
export const BOOK_CHANNELS = [
  ...BOOKS,
  ...BOOKS.map((name) => `${name}@${CONFLATION_MS}ms` as const),
] as const;
export const TICKER_CHANNELS = ["ticker", `ticker@${CONFLATION_MS}ms`] as const;
export const CANDLE_CHANNELS = CANDLE_INTERVALS.map((interval) => `candles.${interval}` as const);

/** Every channel that a client can subscribe to. */
export const CHANNELS = [
  ...BOOK_CHANNELS,
  ...TICKER_CHANNELS,
  ...CANDLE_CHANNELS,
  "orders",
  "trades",
  "status",
  "executions",
] as const;
export type Channel = (typeof CHANNELS)[number];

/** The meaning of a channel's name. */
export interface ChannelSpec {
  readonly kind: "book" | "ticker" | "candles" | "orders" | "trades" | "status" | "executions";
  /** For `book`: the levels of each side, or Infinity for all. */
  readonly depth: number;
  /** For `candles`. */
  readonly interval: CandleInterval;
  readonly isConflated: boolean;
}

export function channelSpec(channel: Channel): ChannelSpec {
  const [name = "", conflation] = channel.split("@");
  const [kind, detail] = name.split(".");
  return {
    kind: kind as ChannelSpec["kind"],
    depth: detail === undefined ? Number.POSITIVE_INFINITY : Number(detail),
    interval: detail as CandleInterval,
    isConflated: conflation !== undefined,
  };
}

/** Whether only the client that owns the data may subscribe to the channel. */
export function isPrivate(channel: Channel): boolean {
  return channel === "executions";
}

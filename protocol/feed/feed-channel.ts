import { CANDLE_INTERVALS, type CandleInterval } from "../candle-interval.ts";

/** How many levels of each side a `book` channel shows; the one without a number shows all. */
export const BOOK_DEPTHS = [10, 25, 100, 1000] as const;
/** How far apart, at least, the messages of a conflated channel are. */
export const CONFLATION_MS = 100;

const BOOKS = ["book", ...BOOK_DEPTHS.map((depth) => `book.${depth}` as const)] as const;

/** The channels of aggregated levels. */
export const BOOK_CHANNELS = [
  ...BOOKS,
  ...BOOKS.map((name) => `${name}@${CONFLATION_MS}ms` as const),
] as const;
export const TICKER_CHANNELS = ["ticker", `ticker@${CONFLATION_MS}ms`] as const;
export const CANDLE_CHANNELS = CANDLE_INTERVALS.map((interval) => `candles.${interval}` as const);

/** Every channel that one may subscribe to. */
export const CHANNELS = [
  ...BOOK_CHANNELS,
  ...TICKER_CHANNELS,
  ...CANDLE_CHANNELS,
  ...(["orders", "trades", "status", "executions"] as const),
] as const;
export type Channel = (typeof CHANNELS)[number];

/** What the name of a channel says. */
export interface ChannelSpec {
  readonly kind: "book" | "ticker" | "candles" | "orders" | "trades" | "status" | "executions";
  /** Of a `book`: how many levels of each side, infinite for all. */
  readonly depth: number;
  /** Of `candles`. */
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

/** The channels that only the client whose they are may have. */
export function isPrivate(channel: Channel): boolean {
  return channel === "executions";
}

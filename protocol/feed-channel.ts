import * as z from "zod";

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
/** Every channel that one may subscribe to. */
export const CHANNELS = [...BOOK_CHANNELS, "orders", "trades", "status", "executions"] as const;
export type Channel = (typeof CHANNELS)[number];

export const channelField = z.enum(CHANNELS);

/** What the name of a channel says. */
export interface ChannelSpec {
  readonly kind: "book" | "orders" | "trades" | "status" | "executions";
  /** Of a `book`: how many levels of each side, infinite for all. */
  readonly depth: number;
  readonly isConflated: boolean;
}

export function channelSpec(channel: Channel): ChannelSpec {
  const [name = "", conflation] = channel.split("@");
  const [kind, depth] = name.split(".");
  return {
    kind: kind as ChannelSpec["kind"],
    depth: depth === undefined ? Number.POSITIVE_INFINITY : Number(depth),
    isConflated: conflation !== undefined,
  };
}

/** The channels that only the client whose they are may have. */
export function isPrivate(channel: Channel): boolean {
  return channel === "executions";
}

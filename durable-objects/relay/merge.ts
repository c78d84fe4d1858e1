import type { ChannelMessage } from "../../protocol/feed/feed-message.ts";
import type { LevelView } from "../../protocol/market-data.ts";

/**
 * Merges two consecutive messages of a channel into one; undefined if both must be sent. Absolute values are
 * sent in their final state. Lists of what happened are sent whole.
 */
export function mergeMessages(first: ChannelMessage, second: ChannelMessage): ChannelMessage | undefined {
  if (second.type === "snapshot" || first.type === "snapshot") return undefined;
  const chain = { ...second, prev_seq: first.prev_seq };
  if ("bids" in first && "bids" in chain && first.type === "update" && "bids" in second) {
    const { bids, asks } = second as { bids: LevelView[]; asks: LevelView[] };
    const before = first as { bids: LevelView[]; asks: LevelView[] };
    return {
      ...chain,
      bids: mergeLevels(before.bids, bids),
      asks: mergeLevels(before.asks, asks),
    } as ChannelMessage;
  }
  if ("orders" in first && "orders" in second)
    return { ...chain, orders: [...first.orders, ...second.orders] } as ChannelMessage;
  if ("trades" in first && Array.isArray(first.trades) && "trades" in second && Array.isArray(second.trades))
    return { ...chain, trades: [...first.trades, ...second.trades] } as ChannelMessage;
  if ("candle" in first && "candle" in second)
    return first.candle?.start === second.candle?.start ? chain : undefined;
  return chain;
}

/** The levels of both messages; the later one wins at each price. */
function mergeLevels(first: readonly LevelView[], second: readonly LevelView[]): LevelView[] {
  const levels = new Map(first.map((level) => [level.price, level]));
  for (const level of second) levels.set(level.price, level);
  return [...levels.values()];
}

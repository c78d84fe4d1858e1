import { BookState } from "../../client/book-state.ts";
import type { ChannelState } from "../../client/channel-state.ts";
import { LatestState, TradesState } from "../../client/list-states.ts";
import { OrdersState } from "../../client/orders-state.ts";
import type { ChannelMessage } from "../../protocol/feed-message.ts";

/** How many orders one part of a snapshot has. */
const PART_ORDERS_MAX = 10_000;
/** With how many of the newest trades a channel begins. */
const FIRST_TRADES_MAX = 50;

/**
 * The messages that begin a channel where a state is.
 * @param last the last message that the state took in.
 */
export function snapshotTexts(state: ChannelState, last: ChannelMessage): string[] {
  const { channel, instrument, epoch, seq, time } = last;
  const head = { type: "snapshot", channel, instrument, epoch, seq, prev_seq: null, time };
  const checksum = "checksum" in last ? last.checksum : 0;
  if (state instanceof BookState) {
    const { bids, asks } = state;
    return [JSON.stringify({ ...head, bids, asks, checksum })];
  }
  if (state instanceof TradesState)
    return [JSON.stringify({ ...head, trades: state.trades.slice(-FIRST_TRADES_MAX) })];
  if (state instanceof LatestState) return [JSON.stringify({ ...last, ...head })];
  if (!(state instanceof OrdersState)) throw new Error(`${channel} is not relayed`);
  const { bids, asks } = state;
  const parts = Math.max(1, Math.ceil((bids.length + asks.length) / PART_ORDERS_MAX));
  return Array.from({ length: parts }, (_, index) => {
    const [from, to] = [index * PART_ORDERS_MAX, (index + 1) * PART_ORDERS_MAX];
    return JSON.stringify({
      ...{ ...head, part: index + 1, parts },
      bids: bids.slice(from, to),
      asks: asks.slice(Math.max(0, from - bids.length), Math.max(0, to - bids.length)),
      checksum,
    });
  });
}

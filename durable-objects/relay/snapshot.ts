import { BookState } from "../../client/book-state.ts";
import type { ChannelState } from "../../client/channel-state.ts";
import { LatestState, TradesState } from "../../client/list-states.ts";
import { OrdersState } from "../../client/orders-state.ts";
import type { ChannelMessage } from "../../protocol/feed/feed-message.ts";
import { FIRST_TRADES_MAX } from "../feed/first-messages.ts";
import { type Copied, listed } from "../feed/shared-beginning.ts";

/** The number of items in the snapshot of a state. */
export function itemCount(state: ChannelState): number {
  if (state instanceof BookState || state instanceof OrdersState)
    return state.bids.length + state.asks.length;
  return 0;
}

/**
 * The snapshot that begins a channel in its current state.
 * @param last the last message applied to the state.
 */
export function snapshotCopy(state: ChannelState, last: ChannelMessage): Copied {
  const { channel, instrument, epoch, seq, time } = last;
  const head = { type: "snapshot", channel, instrument, epoch, seq, prev_seq: null, time };
  if (state instanceof LatestState) return { head: { ...last, ...head }, lists: [] };
  if (state instanceof TradesState)
    return { head, lists: [listed("trades", state.trades.slice(-FIRST_TRADES_MAX))] };
  if (!(state instanceof BookState || state instanceof OrdersState))
    throw new Error(`${channel} is not relayed`);
  const checksum = "checksum" in last ? last.checksum : 0;
  // The book changes its lists in place.
  return {
    head: { ...head, checksum },
    lists: [listed("bids", [...state.bids]), listed("asks", [...state.asks])],
  };
}

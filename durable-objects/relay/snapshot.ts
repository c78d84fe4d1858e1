import { BookState } from "../../client/book-state.ts";
import type { ChannelState } from "../../client/channel-state.ts";
import { LatestState, TradesState } from "../../client/list-states.ts";
import { OrdersState } from "../../client/orders-state.ts";
import type { ChannelMessage } from "../../protocol/feed-message.ts";
import { messageTexts } from "../../protocol/message-parts.ts";
import { FIRST_TRADES_MAX } from "../feed/first-messages.ts";

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
    return messageTexts({ ...head, checksum }, { bids, asks });
  }
  if (state instanceof TradesState)
    return messageTexts(head, { trades: state.trades.slice(-FIRST_TRADES_MAX) });
  if (state instanceof LatestState) return [JSON.stringify({ ...last, ...head })];
  if (!(state instanceof OrdersState)) throw new Error(`${channel} is not relayed`);
  return messageTexts({ ...head, checksum }, { bids: state.bids, asks: state.asks });
}

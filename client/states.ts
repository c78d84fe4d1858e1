import { type Channel, channelSpec } from "../protocol/feed/feed-channel.ts";
import type { CandlesMessage, StatusMessage, TickerMessage } from "../protocol/feed/feed-message.ts";
import { BookState } from "./book-state.ts";
import type { ChannelState } from "./channel-state.ts";
import { ExecutionsState, LatestState, TradesState } from "./list-states.ts";
import { OrdersState } from "./orders-state.ts";

/** The state that follows each kind of channel. */
export type StateOf<C extends Channel> = C extends `book${string}`
  ? BookState
  : C extends "orders"
    ? OrdersState
    : C extends "trades"
      ? TradesState
      : C extends "status"
        ? LatestState<StatusMessage>
        : C extends `ticker${string}`
          ? LatestState<TickerMessage>
          : C extends `candles${string}`
            ? LatestState<CandlesMessage>
            : ExecutionsState;

/** The messages of each kind of channel. */
export type MessageOf<C extends Channel> = StateOf<C> extends ChannelState<infer M> ? M : never;

/** The state of a channel before its first message. */
export function newState<C extends Channel>(channel: C): StateOf<C> {
  const { kind, depth, isConflated } = channelSpec(channel);
  return make(kind, depth === Number.POSITIVE_INFINITY && !isConflated) as unknown as StateOf<C>;
}

function make(kind: ReturnType<typeof channelSpec>["kind"], isResumable: boolean): ChannelState<never> {
  switch (kind) {
    case "book":
      return new BookState(isResumable);
    case "orders":
      return new OrdersState();
    case "trades":
      return new TradesState();
    case "status":
    case "ticker":
    case "candles":
      return new LatestState();
    case "executions":
      return new ExecutionsState();
  }
}

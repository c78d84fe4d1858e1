import type {
  CandlesMessage,
  ExecutionReport,
  ExecutionsMessage,
  StatusMessage,
  TickerMessage,
  TradesMessage,
} from "../protocol/feed/feed-message.ts";
import type { TradeView } from "../protocol/market-data.ts";
import type { ListedOrderView } from "../protocol/order-entry.ts";
import type { ChannelState } from "./channel-state.ts";

/** How many trades or reports a state keeps. */
const KEPT_MAX = 1_000;

/** The newest trades. */
export class TradesState implements ChannelState<TradesMessage> {
  readonly isResumable = true;
  /** Oldest first. */
  trades: readonly TradeView[] = [];

  apply(message: TradesMessage, seq: number): void {
    if (message.type === "snapshot") this.trades = message.trades;
    else {
      const fresh = message.trades.filter(({ sequence }) => sequence > seq);
      this.trades = [...this.trades, ...fresh].slice(-KEPT_MAX);
    }
  }

  isProven(): boolean {
    return true;
  }
}

/** A channel whose every message is complete: the status, the ticker, a candle. */
export class LatestState<M extends StatusMessage | TickerMessage | CandlesMessage>
  implements ChannelState<M>
{
  readonly isResumable = false;
  latest: M | undefined;

  apply(message: M): void {
    this.latest = message;
  }

  isProven(): boolean {
    return true;
  }
}

/** The client's own open orders, and its newest execution reports. */
export class ExecutionsState implements ChannelState<ExecutionsMessage> {
  readonly isResumable = true;
  readonly orders = new Map<string, ListedOrderView>();
  /** Oldest first. */
  reports: readonly ExecutionReport[] = [];

  apply(message: ExecutionsMessage, seq: number): void {
    if (message.type === "snapshot") {
      this.orders.clear();
      for (const order of message.orders) this.orders.set(order.order_id, order);
      return;
    }
    const fresh = message.reports.filter(({ report }) => report > seq);
    for (const { order } of fresh) {
      if (order.status === "filled" || order.status === "cancelled") this.orders.delete(order.order_id);
      else this.orders.set(order.order_id, order);
    }
    this.reports = [...this.reports, ...fresh].slice(-KEPT_MAX);
  }

  isProven(): boolean {
    return true;
  }
}

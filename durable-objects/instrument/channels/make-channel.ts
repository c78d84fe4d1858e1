import { type Channel, channelSpec } from "../../../protocol/feed/feed-channel.ts";
import { MarketStatistics } from "../../analytics/market-statistics.ts";
import { tickerView } from "../../analytics/views.ts";
import { EVERYTHING } from "../../feed/sessions.ts";
import type { Making } from "../../feed/shared-beginning.ts";
import { statusView } from "../../records/status-view.ts";
import { BookChannel } from "./book-channel.ts";
import { CandlesChannel } from "./candles-channel.ts";
import type { InstrumentChannel } from "./channel.ts";
import { DepthChannel } from "./depth-channel.ts";
import { Everything } from "./everything.ts";
import { ExecutionsChannel } from "./executions-channel.ts";
import { LatestChannel } from "./latest-channel.ts";
import { OrdersChannel } from "./orders-channel.ts";
import type { FeedSource } from "./source.ts";
import { TradesChannel } from "./trades-channel.ts";

/** Makes the channel of an instrument that a key names. */
export function makeChannel(source: FeedSource, key: string, making: Making): InstrumentChannel {
  if (key === EVERYTHING) return new Everything(source, making);
  const [channel, clientId = ""] = key.split(" ") as [Channel, string?];
  const { kind, depth, interval, isConflated } = channelSpec(channel);
  switch (kind) {
    case "book":
      return depth === Number.POSITIVE_INFINITY
        ? new BookChannel(source, channel, isConflated, making)
        : new DepthChannel(source, channel, depth);
    case "orders":
      return new OrdersChannel(source, making);
    case "trades":
      return new TradesChannel(source, making);
    case "ticker":
      return new LatestChannel(source, channel, () => tickerNow(source), true);
    case "candles":
      return new CandlesChannel(source, channel, interval);
    case "status":
      return new LatestChannel(source, channel, () => statusMessage(source), false);
    case "executions":
      return new ExecutionsChannel(source, clientId);
  }
}

/** Best prices and 24-hour statistics. */
function tickerNow({ spec, analytics }: FeedSource): object {
  const nowMs = Date.now();
  const market = analytics.at(nowMs) ?? MarketStatistics.startingAt(nowMs, true);
  return tickerView(spec, market);
}

/** The trading status, and the expected result of an auction. */
function statusMessage({ spec, book, availability }: FeedSource): object {
  const { trading_status, until, indicative } = statusView(spec, 0, book, availability);
  return { trading_status, until, indicative };
}

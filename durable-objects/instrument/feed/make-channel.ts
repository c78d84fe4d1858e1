import { type Channel, channelSpec } from "../../../protocol/feed-channel.ts";
import { EVERYTHING } from "../../feed/sessions.ts";
import { BookChannel } from "./book-channel.ts";
import { CandlesChannel } from "./candles-channel.ts";
import type { InstrumentChannel } from "./channel.ts";
import { DepthChannel } from "./depth-channel.ts";
import { Everything } from "./everything.ts";
import { ExecutionsChannel } from "./executions-channel.ts";
import { OrdersChannel } from "./orders-channel.ts";
import type { FeedSource } from "./source.ts";
import { StatusChannel } from "./status-channel.ts";
import { TickerChannel } from "./ticker-channel.ts";
import { TradesChannel } from "./trades-channel.ts";

/** The channel of an instrument that a key names. */
export function makeChannel(source: FeedSource, key: string): InstrumentChannel {
  if (key === EVERYTHING) return new Everything(source);
  const [channel, clientId = ""] = key.split(" ") as [Channel, string?];
  const { kind, depth, interval, isConflated } = channelSpec(channel);
  switch (kind) {
    case "book":
      return depth === Number.POSITIVE_INFINITY
        ? new BookChannel(source, channel, isConflated)
        : new DepthChannel(source, channel, depth);
    case "orders":
      return new OrdersChannel(source);
    case "trades":
      return new TradesChannel(source);
    case "ticker":
      return new TickerChannel(source, channel);
    case "candles":
      return new CandlesChannel(source, channel, interval);
    case "status":
      return new StatusChannel(source);
    case "executions":
      return new ExecutionsChannel(source, clientId);
  }
}

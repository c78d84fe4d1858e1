/** The exports of the package `edgebook-client`. */

export type { Channel } from "../protocol/feed/feed-channel.ts";
export type { LevelView, TradeView } from "../protocol/market-data.ts";
export type { OrderView, PlacedOrderView } from "../protocol/order-entry.ts";
export type {
  AmendBody,
  BatchBody,
  CancelAfterBody,
  CancelAllBody,
  PlaceBody,
  ProblemBody,
} from "./calls.ts";
export { type Answer, type Answered, Client, type ClientOptions, OutcomeUnknown, Refused } from "./client.ts";
export type { MessageOf, StateOf } from "./states.ts";
export type { Listener, Subscription } from "./subscription.ts";

import type { Command } from "../../engine/vocabulary/command.ts";
import { CANCEL_REASONS, type Event } from "../../engine/vocabulary/event.ts";
import { ORDER_TYPES, SELF_TRADE_MODES, TIMES_IN_FORCE } from "../../engine/vocabulary/terms.ts";
import { STATUS_REASONS, TRADING_STATUSES } from "../../engine/vocabulary/trading-status.ts";
import type { Unfinished } from "../../engine/vocabulary/unfinished.ts";
import { BUY } from "../../engine/vocabulary/units.ts";
import type { GroupOutcome } from "./test-book.ts";

const PREVENTING_MODES = SELF_TRADE_MODES.filter((mode) => mode !== "none");

/** What orders with terms and the instrument's status must have caused. */
export const FEATURES = [
  ...ORDER_TYPES.map((type) => `accepted: ${type}` as const),
  ...TIMES_IN_FORCE.map((timeInForce) => `accepted: ${timeInForce}` as const),
  ...CANCEL_REASONS.map((reason) => `cancelled: ${reason}` as const),
  ...PREVENTING_MODES.map((mode) => `prevented: ${mode}` as const),
  ...TRADING_STATUSES.map((status) => `status: ${status}` as const),
  ...STATUS_REASONS.map((reason) => `status changed by ${reason}` as const),
  "trailing stop by an amount",
  "trailing stop by basis points",
  "pair accepted",
  "post-only order rested",
  "iceberg replenished",
  "iceberg replenished in an auction",
  "maker decremented",
  "taker decremented",
  "budget spent",
  "budget used up by a trade of a buy",
  "budget used up by a trade of a sell",
  "amended, keeping priority",
  "amended, losing priority",
  "amended, waiting",
  "amended into a trade",
  "stop triggered at once",
  "stop triggered after waiting",
  "trailing stop triggered",
  "cascade of three stops or more",
  "stop limit rested after its trigger",
  "stop limit waits to be ioc or fok",
  "stop limit ended as ioc once triggered",
  "stop limit ended as fok once triggered",
  "stop limit met too many as fok once triggered",
  "other leg ended by a trade",
  "other leg ended by a trigger",
  "other leg ended by a cancel",
  "two expired at once",
  "several cancelled at once",
  "auction with three trades or more",
  "stop triggered after an auction",
  "halt that left stops reached",
  "reached stop moved away",
  "group applied",
  "group refused after its first command",
  "cancels left for later",
  "expiries left for later",
  "buy stops left for later",
  "sell stops left for later",
  "uncross left for later",
  "nothing left any more",
  "order met that was to be ended",
] as const;
export type Feature = (typeof FEATURES)[number];

/** The features in the events of one command. */
export function featuresOf(command: Command, events: readonly Event[]): Feature[] {
  return [
    ...events.flatMap((event) => featuresOfEvent(command, event)),
    ...featuresTogether(command, events),
  ];
}

function featuresOfEvent(command: Command, event: Event): Feature[] {
  switch (event.kind) {
    case "accepted":
      return [
        `accepted: ${event.type}`,
        `accepted: ${event.terms?.timeInForce ?? "gtc"}`,
        ...(event.terms?.trailTicks === undefined ? [] : (["trailing stop by an amount"] as const)),
        ...(event.terms?.trailBasisPoints === undefined ? [] : (["trailing stop by basis points"] as const)),
      ];
    case "cancelled":
      return [`cancelled: ${event.reason}`];
    case "status_changed":
      return [`status: ${event.status}`, `status changed by ${event.reason}`];
    case "rested":
      return event.terms?.postOnly ? ["post-only order rested"] : [];
    case "replenished":
      return ["iceberg replenished"];
    case "spent":
      return ["budget spent"];
    case "prevented": {
      const mode = "selfTrade" in command ? command.selfTrade : undefined;
      const features: Feature[] = mode === undefined || mode === "none" ? [] : [`prevented: ${mode}`];
      if (event.makerDecrementLots > 0) features.push("maker decremented");
      if (event.takerDecrementLots > 0) features.push("taker decremented");
      return features;
    }
    case "amended": {
      if (event.previousPriceTicks === undefined) return ["amended, waiting"];
      return [event.keepsPriority ? "amended, keeping priority" : "amended, losing priority"];
    }
    case "left_unfinished":
      return featuresOfUnfinished(event.unfinished);
    default:
      return [];
  }
}

function featuresOfUnfinished(unfinished: Unfinished | undefined): Feature[] {
  if (unfinished === undefined) return ["nothing left any more"];
  const features: Feature[] = [];
  if (unfinished.massCancels !== undefined) features.push("cancels left for later");
  if (unfinished.expiringMs !== undefined) features.push("expiries left for later");
  if (unfinished.reachedBuyTicks !== undefined) features.push("buy stops left for later");
  if (unfinished.reachedSellTicks !== undefined) features.push("sell stops left for later");
  if (unfinished.uncross !== undefined) features.push("uncross left for later");
  return features;
}

function featuresTogether(command: Command, events: readonly Event[]): Feature[] {
  const features: Feature[] = [];
  const count = (kind: Event["kind"]) => events.filter((event) => event.kind === kind).length;
  const ended = (reason: string) =>
    events.filter((event) => event.kind === "cancelled" && event.reason === reason).length;
  const happened = (feature: Feature, isSo: boolean) => {
    if (isSo) features.push(feature);
  };
  const auctionTrades = events.filter((event) => event.kind === "traded" && event.inAuction).length;
  const accepted = events.find((event) => event.kind === "accepted");
  const isStop = accepted?.type.includes("stop") === true;
  const triggered = events.filter((event) => event.kind === "triggered");
  const isOwn = (event: Event) => "orderNumber" in event && event.orderNumber === accepted?.orderNumber;
  const last = events.at(-1);
  const isPlaced = command.kind.startsWith("place");
  happened("order met that was to be ended", isPlaced && ended("expired") + ended("by_owner") > 0);
  happened("pair accepted", count("accepted") === 2);
  happened("iceberg replenished in an auction", auctionTrades > 0 && events[1]?.kind === "replenished");
  happened(
    `budget used up by a trade of a ${accepted?.side === BUY ? "buy" : "sell"}`,
    accepted?.terms?.quoteBudget !== undefined && last?.kind === "traded",
  );
  happened("amended into a trade", command.kind === "amend" && count("traded") > 0);
  happened("stop triggered at once", isStop && triggered.some(isOwn));
  happened(
    "stop triggered after waiting",
    triggered.some((event) => !isOwn(event)),
  );
  happened("cascade of three stops or more", triggered.length >= 3);
  const triggeredNumbers = new Set(triggered.map(({ orderNumber }) => orderNumber));
  const restedAfter = events.some(
    (event) => event.kind === "rested" && triggeredNumbers.has(event.orderNumber),
  );
  happened("stop limit rested after its trigger", restedAfter);
  const isImmediate = ["ioc", "fok"].includes(accepted?.terms?.timeInForce ?? "gtc");
  happened("stop limit waits to be ioc or fok", isImmediate && count("armed") > 0);
  const endsAs = (reason: string) => (event: Event, index: number) =>
    event.kind === "cancelled" &&
    event.reason === reason &&
    triggeredNumbers.has(event.orderNumber) &&
    (reason === "ioc" || events[index - 1]?.kind === "triggered");
  happened("stop limit ended as ioc once triggered", events.some(endsAs("ioc")));
  happened("stop limit ended as fok once triggered", events.some(endsAs("would_not_fill")));
  happened("stop limit met too many as fok once triggered", events.some(endsAs("too_many_fills")));
  for (const [index, event] of events.entries()) {
    if (event.kind !== "cancelled" || event.reason !== "linked") continue;
    const before = events[index - 1]?.kind;
    happened("other leg ended by a trade", before === "traded");
    happened("other leg ended by a trigger", before === "triggered");
    happened("other leg ended by a cancel", before === "cancelled");
  }
  happened("two expired at once", ended("expired") >= 2);
  happened("several cancelled at once", command.kind === "cancel_all" && ended("by_owner") >= 2);
  happened("auction with three trades or more", auctionTrades >= 3);
  happened("stop triggered after an auction", auctionTrades > 0 && triggered.length > 0);
  return features;
}

/** The features of a group. */
export function featuresOfGroup({ refusal, events }: GroupOutcome): Feature[] {
  if (refusal === undefined) return events.length > 0 ? ["group applied"] : [];
  return refusal.index > 0 ? ["group refused after its first command"] : [];
}

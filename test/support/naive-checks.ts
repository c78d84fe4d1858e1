import type { AmendCommand, Command, PlaceCommand, PlaceOcoCommand } from "../../engine/command.ts";
import { REJECT_REASONS, type RejectReason } from "../../engine/reject-reason.ts";
import type { OrderTerms } from "../../engine/terms.ts";
import { BUY } from "../../engine/units.ts";
import { againstAmounts, againstRoom, againstSlices, type Wish } from "./naive-limits.ts";
import type { NaiveMarket } from "./naive-market.ts";
import { type Incoming, incomingOf, type NaiveOrder } from "./naive-order.ts";

/** The order that a placed command asks for. */
export function wishOf(command: PlaceCommand): Wish {
  const type = command.kind === "place" ? command.type : command.kind === "place_limit" ? "limit" : "market";
  return { type, order: incomingOf(command.kind === "place" ? command : { ...command, type }) };
}

/** Both legs of a pair, numbered as they will be. */
export function pairOf(market: NaiveMarket, command: PlaceOcoCommand): [limit: Wish, stop: Wish] {
  const first = market.sequence + 1;
  const { stopPriceTicks, stopLimitTicks } = command;
  const { priceTicks, terms: _, ...common } = command;
  const limitTerms = { ...command.terms, linkedTo: first + 1 } as OrderTerms;
  const stopTerms = { ...command.terms, stopPriceTicks, linkedTo: first } as OrderTerms;
  const stopType = stopLimitTicks === undefined ? "stop" : "stop_limit";
  const limit = stopLimitTicks === undefined ? {} : { priceTicks: stopLimitTicks };
  return [
    { type: "limit", order: incomingOf({ ...common, type: "limit", priceTicks, terms: limitTerms }) },
    { type: stopType, order: incomingOf({ ...common, type: stopType, ...limit, terms: stopTerms }) },
  ];
}

/** Why a command is refused: of all that speaks against it, what comes first. */
export function whyRefused(market: NaiveMarket, command: Command): RejectReason | undefined {
  const reasons = reasonsAgainst(market, command);
  return REJECT_REASONS.find((reason) => reasons.has(reason));
}

function reasonsAgainst(market: NaiveMarket, command: Command): Set<RejectReason> {
  const reasons = new Set<RejectReason>();
  switch (command.kind) {
    case "place_limit":
    case "place_market":
    case "place":
      against(market, wishOf(command), command.timeMs, 1, reasons);
      break;
    case "place_oco":
      for (const leg of pairOf(market, command)) {
        against(market, leg, command.timeMs, 2, reasons);
        if (leg.type === "limit" && market.meets(leg.order)) reasons.add("would_take");
        if (isThrough(market, leg.order)) reasons.add("stop_already_through");
      }
      break;
    case "cancel":
      if (market.open(command.orderNumber) === undefined) reasons.add("order_not_resting");
      break;
    case "amend":
      againstAmend(market, command, reasons);
      break;
    default:
  }
  return reasons;
}

function againstStatus({ status }: NaiveMarket, reasons: Set<RejectReason>): void {
  if (status === "halted") reasons.add("trading_halted");
  if (status === "cancel_only") reasons.add("cancel_only");
}

function against(
  market: NaiveMarket,
  wish: Wish,
  timeMs: number,
  legs: number,
  reasons: Set<RejectReason>,
): void {
  const { type, order } = wish;
  againstStatus(market, reasons);
  if (!makesSense(wish)) {
    reasons.add("terms_invalid");
    return;
  }
  againstSlices(market, order, reasons);
  againstAmounts(market, order, timeMs, true, reasons);
  const isStop = type !== "limit" && type !== "market";
  const mayStay = type !== "market" && !isImmediate(order.terms);
  const isAuction = market.status === "auction";
  if (isAuction && !isStop && (!mayStay || order.terms?.postOnly)) reasons.add("not_in_auction");
  if (mayStay) againstRoom(market, wish, legs, order.quantityLots * legs, reasons);
  // What follows asks the book, which has no answer for amounts that cannot be.
  if (reasons.size > 0) return;
  const isTrading = market.status === "trading";
  if (isStop) {
    if (!isTrading && isThrough(market, order)) reasons.add("stop_already_through");
    return;
  }
  if (isAuction) return;
  if (!mayStay && !isTrading) reasons.add("would_take");
  if ((order.terms?.postOnly || !isTrading) && market.meets(order)) reasons.add("would_take");
  if (order.terms?.timeInForce === "fok" && !fillsWholly(market, order, timeMs))
    reasons.add("would_not_fill");
}

/** Tries it out. */
function fillsWholly(market: NaiveMarket, order: Incoming, timeMs: number): boolean {
  const trial = { ...order };
  const trialMarket = market.clone();
  trialMarket.timeMs = timeMs;
  trialMarket.execute(trial);
  return trial.remainingLots === 0 && trial.quantityLots === order.quantityLots;
}

function isImmediate(terms: OrderTerms = {}): boolean {
  return terms.timeInForce === "ioc" || terms.timeInForce === "fok";
}

function isThrough(market: NaiveMarket, { side, terms = {} }: NaiveOrder): boolean {
  const [last, stop] = [market.lastTradePriceTicks, terms.stopPriceTicks];
  if (last === undefined || stop === undefined) return false;
  return side === BUY ? last >= stop : last <= stop;
}

/** The rules about how terms go together, one by one. */
function makesSense({ type, order }: Wish): boolean {
  const { terms, side, priceTicks, quantityLots } = order;
  if (terms === undefined) return true;
  const expires = terms.timeInForce === "gtd" || terms.timeInForce === "day";
  const hasLimit = type === "limit" || type === "stop_limit";
  const hasStop = type === "stop" || type === "stop_limit";
  const isTrailing = type === "trailing_stop";
  const trails = [terms.trailTicks, terms.trailBasisPoints].filter((trail) => trail !== undefined);
  const amounts = [terms.displayLots, terms.quoteBudget, ...trails];
  const rules = [
    hasLimit === (priceTicks !== undefined),
    hasStop === (terms.stopPriceTicks !== undefined),
    trails.length === (isTrailing ? 1 : 0),
    (terms.trailBasisPoints ?? 0) <= 10_000,
    expires === (terms.expiresAtMs !== undefined),
    !(type === "market" && expires),
    !((hasStop || isTrailing) && isImmediate(terms)),
    !terms.postOnly || (type === "limit" && !isImmediate(terms)),
    terms.displayLots === undefined || (hasLimit && !isImmediate(terms) && terms.displayLots <= quantityLots),
    terms.quoteBudget === undefined || (type === "market" && side === BUY && quantityLots === 0),
    terms.quoteBudget === undefined || terms.timeInForce !== "fok",
    amounts.every((amount) => amount === undefined || (amount >= 1 && amount <= Number.MAX_SAFE_INTEGER)),
  ];
  return rules.every((rule) => rule);
}

/** An order as an amendment would make it. */
export function amended(order: NaiveOrder, command: AmendCommand): Incoming {
  const { priceTicks = order.priceTicks, quantityLots = order.quantityLots, stopPriceTicks } = command;
  const terms = stopPriceTicks === undefined ? order.terms : { ...order.terms, stopPriceTicks };
  const filled = order.quantityLots - order.remainingLots;
  return { ...order, priceTicks, quantityLots, remainingLots: quantityLots - filled, terms };
}

function againstAmend(market: NaiveMarket, command: AmendCommand, reasons: Set<RejectReason>): void {
  againstStatus(market, reasons);
  const order = market.open(command.orderNumber);
  if (order === undefined) {
    reasons.add("order_not_resting");
    return;
  }
  const { terms = {}, isWaiting } = order;
  const next = amended(order, command);
  const isStopNew = next.terms?.stopPriceTicks !== terms.stopPriceTicks;
  const isPriceNew = next.priceTicks !== order.priceTicks;
  const isInvalid =
    (command.stopPriceTicks !== undefined && terms.stopPriceTicks === undefined) ||
    (command.priceTicks !== undefined && order.priceTicks === undefined);
  if (isInvalid) reasons.add("terms_invalid");
  againstSlices(market, next, reasons);
  againstAmounts(market, next, command.timeMs, isPriceNew || isStopNew, reasons);
  if (next.remainingLots <= 0) reasons.add("quantity_not_above_filled");
  const isLinked = terms.linkedTo !== undefined;
  if (isLinked && next.quantityLots !== order.quantityLots) reasons.add("order_linked");
  const more = next.quantityLots - order.quantityLots;
  const isLate = !isWaiting && (isPriceNew || more > 0);
  if (isLate && market.status === "auction" && terms.postOnly) reasons.add("not_in_auction");
  againstRoom(market, { type: isWaiting ? "stop" : "limit", order }, 0, Math.max(0, more), reasons);
  if (isStopNew && isThrough(market, next) && (isLinked || market.status !== "trading"))
    reasons.add("stop_already_through");
  if (reasons.size > 0 || !isLate || market.meets(next) === undefined) return;
  const isAuction = market.status === "auction";
  if (isLinked || (!isAuction && (terms.postOnly || market.status === "post_only")))
    reasons.add("would_take");
}

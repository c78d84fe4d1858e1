import type {
  AmendCommand,
  Command,
  PlaceCommand,
  PlaceOcoCommand,
} from "../../engine/vocabulary/command.ts";
import { REJECT_REASONS, type RejectReason } from "../../engine/vocabulary/reject-reason.ts";
import type { OrderTerms } from "../../engine/vocabulary/terms.ts";
import { BUY } from "../../engine/vocabulary/units.ts";
import { againstAmounts, againstRoom, againstSlices, type Wish } from "./naive-limits.ts";
import { type Incoming, incomingOf, type NaiveOrder } from "./naive-order.ts";
import { isImmediate, makesSense } from "./naive-terms.ts";
import { bestUncross } from "./naive-uncross.ts";
import type { NaiveWork } from "./naive-work.ts";

/** The order that a placing command requests. */
export function wishOf(command: PlaceCommand): Wish {
  const type = command.kind === "place" ? command.type : command.kind === "place_limit" ? "limit" : "market";
  return { type, order: incomingOf(command.kind === "place" ? command : { ...command, type }) };
}

/** Both legs of a pair, with their future numbers. */
export function pairOf(market: NaiveWork, command: PlaceOcoCommand): [limit: Wish, stop: Wish] {
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

/** The reason for rejecting a command: the first in precedence of all that apply. */
export function whyRefused(market: NaiveWork, command: Command): RejectReason | undefined {
  const reasons = reasonsAgainst(market, command);
  return REJECT_REASONS.find((reason) => reasons.has(reason));
}

function reasonsAgainst(market: NaiveWork, command: Command): Set<RejectReason> {
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
        const isLate = isThrough(market, leg.order) || isStopLate(market, leg.order);
        if (isLate) reasons.add("stop_already_through");
      }
      break;
    case "cancel":
      if (market.open(command.orderNumber) === undefined) reasons.add("order_not_resting");
      break;
    case "amend":
      againstAmend(market, command, reasons);
      break;
    case "set_status": {
      const isContinuous = command.status === "trading" || command.status === "post_only";
      if (isContinuous && market.hasDoomed && bestUncross(market) !== undefined)
        reasons.add("work_unfinished");
      break;
    }
    default:
  }
  return reasons;
}

function againstStatus({ status }: NaiveWork, reasons: Set<RejectReason>): void {
  if (status === "halted") reasons.add("trading_halted");
  if (status === "cancel_only") reasons.add("cancel_only");
}

function against(
  market: NaiveWork,
  wish: Wish,
  timeMs: number,
  legs: number,
  reasons: Set<RejectReason>,
): void {
  const { type, order } = wish;
  againstStatus(market, reasons);
  if (!makesSense(type, order)) {
    reasons.add("terms_invalid");
    return;
  }
  againstSlices(market, order, reasons);
  againstAmounts(market, order, timeMs, true, reasons);
  const isStop = type !== "limit" && type !== "market";
  const mayStay = isStop || (type !== "market" && !isImmediate(order.terms));
  const isAuction = market.status === "auction";
  if (isAuction && !isStop && (!mayStay || order.terms?.postOnly)) reasons.add("not_in_auction");
  if (mayStay) againstRoom(market, wish, legs, order.quantityLots * legs, reasons);
  // The checks below ask the book, which cannot answer for invalid amounts.
  if (reasons.size > 0) return;
  const isTrading = market.status === "trading";
  if (isStop) {
    if (isStopLate(market, order)) reasons.add("stop_already_through");
    return;
  }
  if (isAuction) return;
  if (!mayStay && !isTrading) reasons.add("would_take");
  if ((order.terms?.postOnly || !isTrading) && market.meets(order)) reasons.add("would_take");
  if (order.terms?.timeInForce !== "fok") return;
  const reason = market.whyNotFilled(order, timeMs);
  if (reason !== undefined) reasons.add(reason);
}

/** Whether a stop can neither wait nor be triggered now. */
function isStopLate(market: NaiveWork, order: NaiveOrder): boolean {
  if (isThrough(market, order)) return market.status !== "trading";
  const stopTicks = order.terms?.stopPriceTicks;
  if (stopTicks === undefined || market.reachedStops(order.side).length === 0) return false;
  return order.side === BUY ? stopTicks <= market.furthest[0] : stopTicks >= market.furthest[1];
}

function isThrough(market: NaiveWork, { side, terms = {} }: NaiveOrder): boolean {
  const [last, stop] = [market.lastTradePriceTicks, terms.stopPriceTicks];
  if (last === undefined || stop === undefined) return false;
  return side === BUY ? last >= stop : last <= stop;
}

/** The order after an amendment. */
export function amended(order: NaiveOrder, command: AmendCommand): Incoming {
  const { priceTicks = order.priceTicks, quantityLots = order.quantityLots, stopPriceTicks } = command;
  const terms = stopPriceTicks === undefined ? order.terms : { ...order.terms, stopPriceTicks };
  const filled = order.quantityLots - order.remainingLots;
  return { ...order, priceTicks, quantityLots, remainingLots: quantityLots - filled, terms };
}

/** Whether an amendment leaves nothing of an order. */
export function isOver({ quantityLots, remainingLots }: NaiveOrder): boolean {
  return remainingLots <= 0 && quantityLots > 0;
}

/** Whether an amended order goes to the back: at another price, or with a larger displayed quantity. */
export function losesPlace(old: NaiveOrder, next: NaiveOrder): boolean {
  if (old.isWaiting) return false;
  const isIceberg = old.terms?.displayLots !== undefined;
  return next.priceTicks !== old.priceTicks || (!isIceberg && next.quantityLots > old.quantityLots);
}

function againstAmend(market: NaiveWork, command: AmendCommand, reasons: Set<RejectReason>): void {
  againstStatus(market, reasons);
  const order = market.open(command.orderNumber);
  if (order === undefined || market.doomOf(order) !== undefined) {
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
  if (isOver(next)) return;
  againstSlices(market, next, reasons);
  againstAmounts(market, next, command.timeMs, isPriceNew || isStopNew, reasons);
  const isLinked = terms.linkedTo !== undefined;
  if (isLinked && next.quantityLots !== order.quantityLots) reasons.add("order_linked");
  const more = next.quantityLots - order.quantityLots;
  const isLate = losesPlace(order, next);
  if (isLate && market.status === "auction" && terms.postOnly) reasons.add("not_in_auction");
  againstRoom(market, { type: isWaiting ? "stop" : "limit", order }, 0, Math.max(0, more), reasons);
  if (isStopNew && (isStopLate(market, next) || (isLinked && isThrough(market, next))))
    reasons.add("stop_already_through");
  if (reasons.size > 0 || !isLate || market.meets(next) === undefined) return;
  const isAuction = market.status === "auction";
  if (isLinked || (!isAuction && (terms.postOnly || market.status === "post_only")))
    reasons.add("would_take");
}

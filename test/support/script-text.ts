import type { OpenOrder } from "../../engine/book/snapshot.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import type { Unfinished } from "../../engine/vocabulary/unfinished.ts";
import { BUY, type Side } from "../../engine/vocabulary/units.ts";
import type { Outcome, TestBook } from "./test-book.ts";

type Names = ReadonlyMap<string, number>;

/** The outcome of a command. An outcome of another order than its own begins with that order's name. */
export function outcomeText(outcome: Outcome, own: number | undefined, names: Names): string {
  if (outcome.reject !== undefined) return `rejected ${outcome.reject}`;
  const subject = (orderNumber: number) => (orderNumber === own ? "" : `${nameOf(orderNumber, names)} `);
  return outcome.events
    .map((event) => eventText(event, subject, names))
    .filter((text) => text !== "")
    .join("; ");
}

function eventText(event: Event, subject: (orderNumber: number) => string, names: Names): string {
  switch (event.kind) {
    case "accepted":
    case "advanced":
      return "";
    case "left_unfinished":
      return unfinishedText(event.unfinished);
    case "traded": {
      const [maker, taker] = [event.makerOrderNumber, event.takerOrderNumber];
      const what = `${event.quantityLots} from ${nameOf(maker, names)} @ ${event.priceTicks}`;
      if (!event.inAuction) return `${subject(taker)}takes ${what}`;
      const [buy, sell] = event.takerSide === BUY ? [taker, maker] : [maker, taker];
      return `${nameOf(buy, names)} buys ${event.quantityLots} from ${nameOf(sell, names)} @ ${event.priceTicks}`;
    }
    case "rested":
      return `${subject(event.orderNumber)}rests ${event.remainingLots}`;
    case "cancelled":
      return `${subject(event.orderNumber)}cancelled ${event.cancelledLots} ${event.reason}`;
    case "replenished":
      return `${subject(event.orderNumber)}shows ${event.displayedLots}`;
    case "prevented":
      return `${subject(event.takerOrderNumber)}kept from ${event.preventedLots} of ${nameOf(event.makerOrderNumber, names)}`;
    case "amended":
      return `${subject(event.orderNumber)}amended`;
    case "spent":
      return `${subject(event.orderNumber)}spent`;
    case "armed":
      return `${subject(event.orderNumber)}waits`;
    case "triggered":
      return `${subject(event.orderNumber)}triggered`;
    case "status_changed":
      return `now ${event.status}${event.untilMs === undefined ? "" : ` until ${event.untilMs}`}`;
  }
}

/** The unfinished work, in the words of the tables. */
function unfinishedText(unfinished: Unfinished | undefined): string {
  if (unfinished === undefined) return "nothing left";
  const { expiringMs, massCancels = [], reachedBuyTicks, reachedSellTicks, uncross } = unfinished;
  const parts = [
    ...(expiringMs === undefined ? [] : ["expiries"]),
    ...massCancels.map(({ client }) => `cancels of ${client}`),
    ...(reachedBuyTicks === undefined ? [] : [`buy stops up to ${reachedBuyTicks}`]),
    ...(reachedSellTicks === undefined ? [] : [`sell stops down to ${reachedSellTicks}`]),
    ...(uncross === undefined ? [] : [`${uncross.leftLots} to uncross @ ${uncross.priceTicks}`]),
  ];
  return `left: ${parts.join(", ")}`;
}

/** The levels of one side with their orders. */
export function levelsText(book: TestBook, side: Side, names: Names): string {
  const orders = book.openOrders().filter((order) => order.side === side && !order.isWaiting);
  const level = ([price, queue]: [number | undefined, OpenOrder[]]) =>
    `${price}: ${queue.map((order) => `${nameOf(order.orderNumber, names)} ${lotsText(order)}`).join(", ")}`;
  return [...Map.groupBy(orders, (order) => order.priceTicks)].map(level).join("; ");
}

function lotsText({ displayedLots, remainingLots }: OpenOrder): string {
  return displayedLots === remainingLots
    ? `${remainingLots}`
    : `${displayedLots}+${remainingLots - displayedLots}`;
}

/** The waiting stops, oldest first, each with its price. */
export function waitingText(book: TestBook, names: Names): string {
  const text = ({ orderNumber, remainingLots, terms, anchorTicks, isReached }: OpenOrder) => {
    const at = terms?.stopPriceTicks ?? `behind ${anchorTicks ?? "the first trade"}`;
    return `${nameOf(orderNumber, names)} ${remainingLots} stop ${isReached ? "reached" : at}`;
  };
  const waiting = book.openOrders().filter((order) => order.isWaiting);
  return waiting.map(text).join("; ");
}

/** The expected result of an uncross: price, volume, and the excess of buys over sells. */
export function auctionText(book: TestBook): string {
  const result = book.indicativeUncross();
  if (result === undefined) return "";
  const { priceTicks, volumeLots, imbalanceLots } = result;
  return `${volumeLots} @ ${priceTicks}, ${imbalanceLots > 0 ? "+" : ""}${imbalanceLots}`;
}

function nameOf(orderNumber: number, names: Names): string {
  for (const [name, number] of names) if (number === orderNumber) return name;
  return `#${orderNumber}`;
}

import { isTriggered, whyNotAdmitted } from "./admit.ts";
import type { OrderBook } from "./book/order-book.ts";
import { execute } from "./execute.ts";
import { wouldTake } from "./price-limits.ts";
import { Taker } from "./taker.ts";
import { trigger } from "./trigger.ts";
import type { PlaceOcoCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import { REJECT_REASONS, type RejectReason } from "./vocabulary/reject-reason.ts";
import type { ClientNumber, OrderNumber, PriceTicks, QuantityLots } from "./vocabulary/units.ts";

/** Enters an admitted order: it takes, rests, or waits for its stop price. */
export function enter(book: OrderBook, taker: Taker, events: EventBuffer): void {
  accept(book, taker, events);
  if (!taker.isStop) execute(book, taker, events);
  else if (isTriggered(book, taker)) trigger(book, taker, taker.terms?.stopPriceTicks ?? 0, events);
  else arm(book, taker, events);
}

function accept(book: OrderBook, taker: Taker, events: EventBuffer): void {
  const { client, side, type, priceTicks, quantityLots, selfTrade, terms } = taker;
  taker.orderNumber = ++book.sequence;
  events.accepted(
    taker.orderNumber,
    book.timeMs,
    client,
    side,
    type,
    priceTicks,
    quantityLots,
    selfTrade,
    terms,
  );
}

function arm(book: OrderBook, taker: Taker, events: EventBuffer): void {
  const { orderNumber, client, side, priceTicks, quantityLots, selfTrade, terms = {} } = taker;
  const anchorTicks = terms.stopPriceTicks === undefined ? book.lastTradePriceTicks : undefined;
  book.arm(orderNumber, client, side, priceTicks, quantityLots, selfTrade, terms, anchorTicks, false);
  events.other({
    kind: "armed",
    ...book.nextStamp(),
    orderNumber: orderNumber as OrderNumber,
    client: client as ClientNumber,
    side,
    priceTicks: priceTicks as PriceTicks | undefined,
    quantityLots: quantityLots as QuantityLots,
    selfTrade,
    terms,
  });
}

/** Places two orders, each of which cancels the other, or neither. */
export function placeOco(
  book: OrderBook,
  command: PlaceOcoCommand,
  events: EventBuffer,
): RejectReason | undefined {
  const first = book.sequence + 1;
  const limitTerms = { ...command.terms, linkedTo: (first + 1) as OrderNumber };
  const { stopPriceTicks } = command;
  const stopTerms = { ...command.terms, stopPriceTicks, linkedTo: first as OrderNumber };
  const limit = new Taker(command, "limit", limitTerms);
  const stopType = command.stopLimitTicks === undefined ? "stop" : "stop_limit";
  const stop = new Taker({ ...command, priceTicks: command.stopLimitTicks }, stopType, stopTerms);
  const reason = whyNotPaired(book, limit, stop, command.timeMs);
  if (reason !== undefined) return reason;

  // Point of no return: nothing below rejects.
  book.timeMs = command.timeMs;
  accept(book, limit, events);
  accept(book, stop, events);
  execute(book, limit, events);
  arm(book, stop, events);
  return undefined;
}

/** The reason why two orders may not enter as a pair. Neither leg may take or be triggered at once. */
function whyNotPaired(book: OrderBook, limit: Taker, stop: Taker, timeMs: number): RejectReason | undefined {
  const reasons = new Set([whyNotAdmitted(book, limit, timeMs, 2), whyNotAdmitted(book, stop, timeMs, 2)]);
  if (isTriggered(book, stop)) reasons.add("stop_already_through");
  if (wouldTake(book, limit.side, limit.priceTicks)) reasons.add("would_take");
  return REJECT_REASONS.find((reason) => reasons.has(reason));
}

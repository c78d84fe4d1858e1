import { isTriggered, whyClosed, whyNoRoom, whyNotInAuction, whyNotNow, whyOutOfBounds } from "./admit.ts";
import { NONE } from "./book/integer-map.ts";
import type { OrderBook } from "./book/order-book.ts";
import { rearm, resize } from "./book/quantities.ts";
import { endOrder } from "./end-order.ts";
import { execute } from "./execute.ts";
import { wouldTake } from "./price-limits.ts";
import { Taker } from "./taker.ts";
import { triggerWaiting } from "./trigger.ts";
import type { AmendCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { RejectReason } from "./vocabulary/reject-reason.ts";
import { hasTooManySlices } from "./vocabulary/terms.ts";
import type { OrderNumber, PriceTicks, QuantityLots } from "./vocabulary/units.ts";

/** The new state of an order, beside its current state. */
interface Change {
  readonly slot: number;
  readonly isWaiting: boolean;
  readonly oldPriceTicks: number | undefined;
  readonly oldLots: number;
  readonly isPriceNew: boolean;
  readonly isStopNew: boolean;
  /** Whether a resting order moves to the back of the queue. It may take before it rests again. */
  readonly losesPriority: boolean;
  /** Whether the order ends, because its new quantity is filled already. */
  readonly isEnd: boolean;
  readonly taker: Taker;
}

/**
 * Changes an open order. A smaller quantity keeps its place, and so does a larger one of an iceberg, which
 * hides the addition. Any other change loses the place. A quantity of at most the filled quantity ends the
 * order.
 */
export function amend(book: OrderBook, command: AmendCommand, events: EventBuffer): RejectReason | undefined {
  const closed = whyClosed(book);
  if (closed !== undefined) return closed;
  const slot = book.slotOf(command.orderNumber);
  if (slot === NONE || book.work.doomOf(slot) !== undefined) return "order_not_resting";
  const change = changeOf(book, slot, command);
  const reason = whyNotAmended(book, command, change);
  if (reason !== undefined) return reason;

  // Point of no return: nothing below rejects.
  book.timeMs = command.timeMs;
  const { taker, isWaiting, losesPriority, oldLots } = change;
  if (change.isEnd) {
    endOrder(book, slot, "amended_to_filled", events);
    return undefined;
  }
  events.other({
    kind: "amended",
    ...book.nextStamp(),
    orderNumber: command.orderNumber,
    side: taker.side,
    priceTicks: taker.priceTicks as PriceTicks | undefined,
    stopPriceTicks: taker.terms?.stopPriceTicks,
    quantityLots: taker.quantityLots as QuantityLots,
    remainingLots: taker.remainingLots as QuantityLots,
    keepsPriority: !losesPriority,
    previousPriceTicks: isWaiting ? undefined : (change.oldPriceTicks as PriceTicks),
  });
  if (isWaiting) {
    rearm(book, slot, taker.priceTicks, taker.quantityLots, taker.terms ?? {});
    if (change.isStopNew && isTriggered(book, taker)) triggerWaiting(book, slot, events);
  } else if (losesPriority) {
    book.lift(slot);
    execute(book, taker, events);
  } else resize(book, slot, taker.quantityLots - oldLots);
  return undefined;
}

function changeOf(book: OrderBook, slot: number, command: AmendCommand): Change {
  const { orders } = book;
  const isWaiting = orders.isWaiting(slot);
  const old = book.terms(slot);
  const oldPriceTicks = isWaiting ? book.knownExtras(slot).priceTicks : book.priceTicks(slot);
  const oldLots = orders.quantityLots(slot);
  const { priceTicks = oldPriceTicks, quantityLots = oldLots, stopPriceTicks } = command;
  const terms = stopPriceTicks === undefined ? old : { ...old, stopPriceTicks };
  const isPriceNew = priceTicks !== oldPriceTicks;
  const remaining = quantityLots - (oldLots - book.remainingLots(slot));
  const order = {
    client: orders.client(slot),
    side: orders.side(slot),
    priceTicks,
    quantityLots,
    selfTrade: orders.selfTrade(slot),
  };
  // The checks below only need to know that the order is a stop.
  const taker = new Taker(order, isWaiting ? "stop" : "limit", terms, remaining);
  taker.orderNumber = orders.orderNumber(slot) as OrderNumber;
  const isStopNew = stopPriceTicks !== undefined && stopPriceTicks !== old?.stopPriceTicks;
  // An iceberg hides what is added to it, so the displayed quantity keeps its place.
  const isMoreShown = quantityLots > oldLots && terms?.displayLots === undefined;
  const losesPriority = !isWaiting && (isPriceNew || isMoreShown);
  const isEnd = quantityLots >= 1 && remaining <= 0;
  return { slot, isWaiting, oldPriceTicks, oldLots, isPriceNew, isStopNew, losesPriority, isEnd, taker };
}

/** The reason for the rejection of an amendment, the first in order of precedence. */
function whyNotAmended(book: OrderBook, command: AmendCommand, change: Change): RejectReason | undefined {
  const { taker, oldLots, oldPriceTicks, losesPriority } = change;
  const isLinked = taker.terms?.linkedTo !== undefined;
  const hasStop = book.terms(change.slot)?.stopPriceTicks !== undefined;
  if (command.stopPriceTicks !== undefined && !hasStop) return "terms_invalid";
  if (command.priceTicks !== undefined && oldPriceTicks === undefined) return "terms_invalid";
  // The order ends, so no limit applies to its new terms.
  if (change.isEnd) return undefined;
  if (hasTooManySlices(taker.terms, taker.quantityLots, book.rules.maximumIcebergSlices))
    return "too_many_slices";
  const outside = whyOutOfBounds(book, taker, command.timeMs, change.isPriceNew || change.isStopNew);
  if (outside !== undefined) return outside;
  if (isLinked && taker.quantityLots !== oldLots) return "order_linked";
  const noAuction = losesPriority ? whyNotInAuction(book, taker) : undefined;
  const noPlace = noAuction ?? whyNoRoom(book, taker, Math.max(0, taker.quantityLots - oldLots), 0);
  if (noPlace !== undefined) return noPlace;
  if (change.isStopNew && isLinked && isTriggered(book, taker)) return "stop_already_through";
  if (change.isStopNew) return whyNotNow(book, taker, command.timeMs);
  if (!losesPriority) return undefined;
  if (isLinked && wouldTake(book, taker.side, taker.priceTicks)) return "would_take";
  return whyNotNow(book, taker, command.timeMs);
}

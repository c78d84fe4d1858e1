import { whyNotAdmitted } from "./admit.ts";
import type { OrderBook } from "./book/order-book.ts";
import { enter } from "./place.ts";
import { wouldTake } from "./price-limits.ts";
import { Taker } from "./taker.ts";
import type { PlaceLimitCommand, PlaceMarketCommand } from "./vocabulary/command.ts";
import type { EventBuffer } from "./vocabulary/event-buffer.ts";
import type { RejectReason } from "./vocabulary/reject-reason.ts";
import { UNIT_MAX } from "./vocabulary/units.ts";

/**
 * Places an order without terms. Most orders rest at once in a book that is trading with no optional price or
 * amount rule. They take a shorter path, so that the other features cost them nothing. The rules are the
 * same.
 */
export function placePlain(
  book: OrderBook,
  command: PlaceLimitCommand | PlaceMarketCommand,
  events: EventBuffer,
): RejectReason | undefined {
  const { timeMs, client, side, quantityLots, selfTrade = "none" } = command;
  if (command.kind === "place_limit" && book.isUnguarded && book.status === "trading") {
    const { priceTicks } = command;
    const reason = whyNotPlain(book, command);
    if (reason !== undefined) return reason;
    if (!wouldTake(book, side, priceTicks)) {
      // Point of no return: nothing below rejects.
      book.timeMs = timeMs;
      const number = ++book.sequence;
      events.accepted(number, timeMs, client, side, "limit", priceTicks, quantityLots, selfTrade, undefined);
      book.rest(number, client, side, priceTicks, quantityLots, quantityLots, selfTrade);
      events.rested(
        ++book.sequence,
        timeMs,
        number,
        client,
        side,
        priceTicks,
        quantityLots,
        quantityLots,
        selfTrade,
        undefined,
      );
      return undefined;
    }
  }
  const taker = new Taker(command, command.kind === "place_limit" ? "limit" : "market");
  const reason = whyNotAdmitted(book, taker, timeMs);
  if (reason !== undefined) return reason;

  // Point of no return: nothing below rejects.
  book.timeMs = timeMs;
  enter(book, taker, events);
  return undefined;
}

/**
 * Equals `whyNotAdmitted` for a limit order without terms in an unguarded book that is trading. It repeats those
 * rules, since sharing them cost this path some hundredths of its time.
 */
function whyNotPlain(book: OrderBook, command: PlaceLimitCommand): RejectReason | undefined {
  const { rules, stops } = book;
  const { priceTicks, quantityLots, side } = command;
  if (priceTicks < rules.minimumPriceTicks) return "price_below_minimum";
  if (priceTicks > rules.maximumPriceTicks) return "price_above_maximum";
  if (quantityLots < rules.minimumQuantityLots) return "quantity_below_minimum";
  if (quantityLots > rules.maximumQuantityLots) return "quantity_above_maximum";
  const levels = book.side(side);
  const total = levels.totalLots + levels.hiddenLots + stops.totalLots(side) + quantityLots;
  if (total > UNIT_MAX || book.restingCount >= rules.maximumRestingOrders) return "book_full";
  const openMax = rules.maximumOpenOrdersPerClient;
  return openMax !== undefined && book.clients.count(command.client) >= openMax
    ? "too_many_open_orders"
    : undefined;
}

import type { OpenOrder } from "../../engine/book/snapshot.ts";
import type { Command } from "../../engine/vocabulary/command.ts";
import type { Event } from "../../engine/vocabulary/event.ts";
import { BUY, SELL, type Side } from "../../engine/vocabulary/units.ts";
import { isBetter, remainingLots, violated } from "./order-record.ts";
import { OrderRecords } from "./order-records.ts";
import type { Outcome, TestBook } from "./test-book.ts";

/**
 * Checks the invariants of any book after each command, against its own record of the events:
 *
 * 1. best bid below best ask;
 * 2. per order: fills + remaining + cancelled = quantity, and its status agrees;
 * 3. a trade's price is the maker's and within the taker's limit;
 * 4. no trade while a strictly better opposing order rests;
 * 5. first in, first out within a level;
 * 6. levels, totals and the order index hold the same orders (everything recounted);
 * 7. post-only never takes, fill-or-kill is all or nothing, immediate-or-cancel never rests, no two orders of
 *    a client or group trade if that is prevented;
 * 8. sequences and trade numbers are gapless, order numbers unique, ended orders stay ended.
 *
 * `FoldChecker` checks invariant 9: the events fold into the same book.
 */
export class InvariantChecker {
  readonly #book: TestBook;
  readonly #records = new OrderRecords();

  /** @param book an empty book. Every command applied to it from now on must be passed to `check`. */
  constructor(book: TestBook) {
    this.#book = book;
  }

  /** The state of an order, according to its events. */
  statusOf(orderNumber: number): ReturnType<OrderRecords["statusOf"]> {
    return this.#records.statusOf(orderNumber);
  }

  /** Checks the book after a command. @throws an error that names the violated invariant. */
  check(command: Command, outcome: Outcome): void {
    // If nothing is due or open, there are no events.
    const mayBeSilent = command.kind === "advance" || command.kind === "cancel_all";
    const hasEvents = outcome.events.length > 0;
    if ((outcome.reject === undefined) !== hasEvents && !(mayBeSilent && !hasEvents))
      violated(8, `${outcome.events.length} events of a command with reject reason ${outcome.reject}`);
    this.follow(command, outcome.events);
  }

  /** Checks the book after the events of a command, or of a group that ended with it. */
  follow(command: Command, events: readonly Event[]): void {
    for (const event of events) this.#records.follow(command, event);
    this.#checkDecided(events);
    this.#checkCounters();
    const bestBid = this.#recount(BUY);
    const bestAsk = this.#recount(SELL);
    const { status } = this.#book.counters;
    const isCrossed = bestBid !== undefined && bestAsk !== undefined && bestBid >= bestAsk;
    if (isCrossed && (status === "trading" || status === "post_only"))
      violated(1, `best bid ${bestBid} is not below best ask ${bestAsk}`);
    const resting = this.#book.restingOrders(BUY).length + this.#book.restingOrders(SELL).length;
    if (this.#book.restingCount !== resting)
      violated(6, `${this.#book.restingCount} orders in the index, ${resting} in the levels`);
  }

  /** An order is decided with the command that placed it. It is found by its number only while it is open. */
  #checkDecided(events: readonly Event[]): void {
    for (const event of events) {
      const orderNumbers = [];
      if ("orderNumber" in event) orderNumbers.push(event.orderNumber);
      if ("makerOrderNumber" in event) orderNumbers.push(event.makerOrderNumber, event.takerOrderNumber);
      for (const orderNumber of orderNumbers) {
        const status = this.statusOf(orderNumber);
        if (status === "taking") violated(2, `order ${orderNumber} is neither at rest nor ended`);
        const isFound = this.#book.isOpen(orderNumber);
        if (isFound !== (status === "resting" || status === "waiting"))
          violated(6, `order ${orderNumber} is ${status} and found: ${isFound}`);
      }
    }
  }

  #checkCounters(): void {
    for (const counter of ["sequence", "tradeNumber", "timeMs", "lastTradePriceTicks"] as const) {
      const shown = this.#book[counter];
      const told = this.#records[counter];
      if (shown !== told) violated(8, `the book's ${counter} is ${shown}, its events say ${told}`);
    }
  }

  /** Recounts a side order by order. Returns its best price. */
  #recount(side: Side): number | undefined {
    const book = this.#book;
    const orders = book.openOrders().filter((order) => order.side === side && !order.isWaiting);
    const queues = this.#records.queues[side];
    const levels = book.levels(side);
    if (levels.length !== queues.size)
      violated(6, `${levels.length} levels, ${queues.size} prices with orders`);
    let counted = 0;
    let sideLots = 0;
    let previousPrice: number | undefined;
    for (const { priceTicks, totalLots, orderCount } of levels) {
      if (previousPrice !== undefined && !isBetter(side, previousPrice, priceTicks))
        violated(6, `level ${priceTicks} after level ${previousPrice}`);
      previousPrice = priceTicks;
      const queue = queues.get(priceTicks) ?? violated(6, `a level at ${priceTicks}, where no order rests`);
      if (orderCount !== queue.length)
        violated(6, `${orderCount} of ${queue.length} orders at ${priceTicks}`);
      let levelLots = 0;
      for (const orderNumber of queue) {
        const order = orders[counted++];
        if (order?.orderNumber !== orderNumber)
          violated(5, `${order?.orderNumber} in the place of ${orderNumber}`);
        this.#checkResting(order);
        levelLots += order.displayedLots;
      }
      if (totalLots !== levelLots) violated(6, `${totalLots} lots at ${priceTicks}, recounted ${levelLots}`);
      if (book.lotsAt(side, priceTicks) !== levelLots)
        violated(6, `level ${priceTicks} not found by its price`);
      sideLots += levelLots;
    }
    if (counted !== orders.length) violated(6, `${orders.length} orders in levels that have ${counted}`);
    if (book.totalLots(side) !== sideLots)
      violated(6, `${book.totalLots(side)} lots on a side, recounted ${sideLots}`);
    return levels[0]?.priceTicks;
  }

  #checkResting(order: OpenOrder): void {
    const { orderNumber } = order;
    const record = this.#records.order(orderNumber, "resting");
    const { client, side } = record.accepted;
    const { priceTicks, quantityLots } = record;
    const isSame = order.client === client && order.side === side && order.priceTicks === priceTicks;
    if (!isSame || order.quantityLots !== quantityLots)
      violated(6, `order ${orderNumber} is not as accepted`);
    if (order.remainingLots !== remainingLots(record))
      violated(2, `order ${orderNumber} holds ${order.remainingLots}`);
    const mostShown = order.terms?.displayLots ?? order.remainingLots;
    const isShown = order.displayedLots > 0 && order.displayedLots <= mostShown;
    if (!isShown) violated(6, `order ${orderNumber} shows ${order.displayedLots}`);
    if (!this.#book.isOpen(orderNumber)) violated(6, `order ${orderNumber} is not found by its number`);
  }
}

import type { Command } from "../../engine/command.ts";
import type { RestingOrder } from "../../engine/order-book.ts";
import { BUY, SELL, type Side } from "../../engine/units.ts";
import { isBetter, OrderRecords, remainingLots, violated } from "./order-records.ts";
import type { Outcome, TestBook } from "./test-book.ts";

/**
 * Checks after each command what must hold of any book, against a record of its own:
 *
 * 1. best bid below best ask;
 * 2. per order: fills + remaining + cancelled = quantity, and its status agrees;
 * 3. a trade's price is the maker's and within the taker's limit;
 * 4. no trade while a strictly better opposing order rests;
 * 5. first in, first out within a level;
 * 6. levels, totals and the order index hold the same orders (everything recounted);
 * 8. sequences and trade numbers are gapless, order numbers unique, ended orders stay ended.
 *
 * That the events fold into the same book, invariant 9, is checked by `FoldChecker`.
 */
export class InvariantChecker {
  readonly #book: TestBook;
  readonly #records = new OrderRecords();

  /** @param book an empty book; every command applied to it from now on must be told to `check`. */
  constructor(book: TestBook) {
    this.#book = book;
  }

  /** What became of an order, so far as its events say. */
  statusOf(orderNumber: number): ReturnType<OrderRecords["statusOf"]> {
    return this.#records.statusOf(orderNumber);
  }

  /** Checks the book after a command. @throws an error that names the invariant broken. */
  check(command: Command, outcome: Outcome): void {
    if ((outcome.reject === undefined) !== outcome.events.length > 0)
      violated(8, `${outcome.events.length} events of a command with reject reason ${outcome.reject}`);
    for (const [index, event] of outcome.events.entries()) this.#records.follow(command, event, index);
    this.#checkDecided(outcome);
    this.#checkCounters();
    const bestBid = this.#recount(BUY);
    const bestAsk = this.#recount(SELL);
    if (bestBid !== undefined && bestAsk !== undefined && bestBid >= bestAsk)
      violated(1, `best bid ${bestBid} is not below best ask ${bestAsk}`);
    const resting = this.#book.restingOrders(BUY).length + this.#book.restingOrders(SELL).length;
    if (this.#book.restingCount !== resting)
      violated(6, `${this.#book.restingCount} orders in the index, ${resting} in the levels`);
  }

  /** An order is decided when the command that placed it is, and found by its number only while it rests. */
  #checkDecided(outcome: Outcome): void {
    for (const event of outcome.events) {
      const orderNumbers =
        event.kind === "traded" ? [event.makerOrderNumber, event.takerOrderNumber] : [event.orderNumber];
      for (const orderNumber of orderNumbers) {
        const status = this.statusOf(orderNumber);
        if (status === "taking") violated(2, `order ${orderNumber} is neither at rest nor ended`);
        const isFound = this.#book.isResting(orderNumber);
        if (isFound !== (status === "resting"))
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

  /** Recounts a side order by order; gives its best price. */
  #recount(side: Side): number | undefined {
    const book = this.#book;
    const orders = book.restingOrders(side);
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
        levelLots += order.remainingLots;
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

  #checkResting(order: RestingOrder): void {
    const { orderNumber } = order;
    const record = this.#records.order(orderNumber, "resting");
    const { client, side, priceTicks, quantityLots } = record.accepted;
    const isSame = order.client === client && order.side === side && order.priceTicks === priceTicks;
    if (!isSame || order.quantityLots !== quantityLots)
      violated(6, `order ${orderNumber} is not as accepted`);
    if (order.remainingLots !== remainingLots(record))
      violated(2, `order ${orderNumber} holds ${order.remainingLots}`);
    if (!this.#book.isResting(orderNumber)) violated(6, `order ${orderNumber} is not found by its number`);
  }
}

import type { Command } from "../../engine/vocabulary/command.ts";
import type {
  Accepted,
  Amended,
  Cancelled,
  Event,
  Prevented,
  Rested,
  Traded,
} from "../../engine/vocabulary/event.ts";
import { opposite } from "../../engine/vocabulary/units.ts";
import { assert, isBetter, isSelfTrade, type OrderRecord, remainingLots, violated } from "./order-record.ts";

/**
 * The history of a book according to its events alone: each order's fills and status, and the queue at each
 * price. Following an event checks it against earlier ones: invariants 2 to 5, 7 and 8 of `InvariantChecker`.
 */
export class OrderRecords {
  /** Order numbers by price, from the front of the queue; buys, then sells. */
  readonly queues = [new Map<number, number[]>(), new Map<number, number[]>()] as const;
  sequence = 0;
  tradeNumber = 0;
  timeMs = 0;
  lastTradePriceTicks: number | undefined;
  readonly #orders = new Map<number, OrderRecord>();

  /** The state of an order so far. */
  statusOf(orderNumber: number): OrderRecord["status"] | undefined {
    return this.#orders.get(orderNumber)?.status;
  }

  /** The record of an order. @throws if there is none, or if it has another status. */
  order(orderNumber: number, ...statuses: OrderRecord["status"][]): OrderRecord {
    const order = this.#orders.get(orderNumber) ?? violated(8, `no order ${orderNumber}`);
    assert(statuses.includes(order.status), 8, `order ${orderNumber} is ${order.status}, not ${statuses}`);
    return order;
  }

  /** Processes an event that `command` caused. @throws if the event is impossible. */
  follow(command: Command, event: Event): void {
    this.sequence++;
    assert(event.sequence === this.sequence, 8, `event ${event.sequence} where ${this.sequence} is next`);
    assert(event.timeMs === command.timeMs, 8, `event stamped ${event.timeMs}, command ${command.timeMs}`);
    this.timeMs = event.timeMs;
    switch (event.kind) {
      case "accepted":
        this.#followAccepted(event);
        break;
      case "traded":
        this.#followTraded(event);
        break;
      case "rested":
        this.#followRested(event);
        break;
      case "armed":
        this.order(event.orderNumber, "taking").status = "waiting";
        break;
      case "triggered":
        this.order(event.orderNumber, "waiting", "taking").status = "taking";
        break;
      case "cancelled":
        this.#followCancelled(event);
        break;
      case "replenished": {
        const order = this.order(event.orderNumber, "resting");
        this.#leaveQueue(order);
        this.#joinQueue(order);
        assert(
          event.displayedLots + event.hiddenLots === remainingLots(order),
          2,
          "a slice of a wrong whole",
        );
        break;
      }
      case "prevented":
        this.#followPrevented(event);
        break;
      case "amended":
        this.#followAmended(event);
        break;
      case "spent":
        this.order(event.orderNumber, "taking").status = "filled";
        break;
      case "advanced":
      case "status_changed":
      case "left_unfinished":
        break;
    }
  }

  #followAccepted(event: Accepted): void {
    const { orderNumber, quantityLots, priceTicks, terms } = event;
    assert(orderNumber === this.sequence, 8, `order ${orderNumber} accepted by event ${this.sequence}`);
    assert(!this.#orders.has(orderNumber), 8, `order ${orderNumber} exists already`);
    const start = { filledLots: 0, filledNotional: 0n, cancelledLots: 0, status: "taking" } as const;
    this.#orders.set(orderNumber, { accepted: event, quantityLots, priceTicks, terms, ...start });
  }

  #followTraded(event: Traded): void {
    const { makerOrderNumber, takerOrderNumber, priceTicks, quantityLots, takerSide, inAuction } = event;
    this.tradeNumber++;
    this.lastTradePriceTicks = priceTicks;
    assert(event.tradeNumber === this.tradeNumber, 8, `trade ${event.tradeNumber}, not ${this.tradeNumber}`);
    const maker = this.order(makerOrderNumber, "resting");
    const taker = this.order(takerOrderNumber, inAuction ? "resting" : "taking");
    const makerSide = opposite(takerSide);
    assert(taker.accepted.side === takerSide && maker.accepted.side === makerSide, 3, "sides do not oppose");
    if (!inAuction) {
      assert(priceTicks === maker.priceTicks, 3, `maker ${makerOrderNumber} traded at ${priceTicks}`);
      assert(taker.terms?.postOnly !== true, 7, `post-only order ${takerOrderNumber} took`);
      const isPrevented = taker.accepted.selfTrade !== "none" && isSelfTrade(taker, maker);
      assert(!isPrevented, 7, `order ${takerOrderNumber} traded with an order of its own`);
    }
    this.#checkFront(maker, priceTicks);
    if (inAuction) this.#checkFront(taker, priceTicks);
    const limit = taker.priceTicks;
    assert(
      limit === undefined || !isBetter(makerSide, limit, priceTicks),
      3,
      `${priceTicks} beyond ${limit}`,
    );
    assert(quantityLots > 0, 2, `a trade of ${quantityLots} lots`);
    for (const [order, remaining] of [
      [maker, event.makerRemainingLots],
      [taker, event.takerRemainingLots],
    ] as const) {
      order.filledLots += quantityLots;
      order.filledNotional += BigInt(priceTicks) * BigInt(quantityLots);
      const budget = order.accepted.terms?.quoteBudget;
      if (budget === undefined)
        assert(
          remaining >= 0 && remaining === remainingLots(order),
          2,
          `remaining ${remaining} after a fill`,
        );
      else assert(order.filledNotional <= BigInt(budget), 2, `spent ${order.filledNotional} of ${budget}`);
      if (remaining === 0) {
        if (order.status === "resting") this.#leaveQueue(order);
        order.status = "filled";
      }
    }
  }

  /**
   * A resting order that trades must be the oldest at the best price of its side, and its limit must allow
   * the price.
   */
  #checkFront(order: OrderRecord, tradedTicks: number): void {
    const { side, orderNumber } = order.accepted;
    const own = order.priceTicks ?? 0;
    assert(
      !isBetter(side, tradedTicks, own),
      3,
      `order ${orderNumber} traded at ${tradedTicks}, beyond ${own}`,
    );
    for (const price of this.queues[side].keys())
      assert(!isBetter(side, price, own), 4, `order at ${own} traded while ${price} rests`);
    const front = this.queues[side].get(own)?.[0];
    assert(front === orderNumber, 5, `order ${orderNumber} traded ahead of ${front}`);
  }

  #followRested(event: Rested): void {
    const order = this.order(event.orderNumber, "taking");
    const { client, side } = order.accepted;
    const isSame =
      event.client === client && event.side === side && event.quantityLots === order.quantityLots;
    assert(isSame && event.priceTicks === order.priceTicks, 2, `order ${event.orderNumber} rests changed`);
    assert(event.remainingLots > 0, 2, `order ${event.orderNumber} rests with nothing`);
    assert(
      event.remainingLots === remainingLots(order),
      2,
      `order ${event.orderNumber} rests with a wrong rest`,
    );
    const timeInForce = order.accepted.terms?.timeInForce;
    assert(
      timeInForce !== "ioc" && timeInForce !== "fok",
      7,
      `${timeInForce} order ${event.orderNumber} rests`,
    );
    order.terms = event.terms;
    order.status = "resting";
    this.#joinQueue(order);
  }

  #followCancelled(event: Cancelled): void {
    const order = this.order(event.orderNumber, "taking", "resting", "waiting");
    const level = order.status === "resting" ? order.priceTicks : undefined;
    const isSame = event.side === order.accepted.side && event.priceTicks === level;
    assert(isSame, 2, `order ${event.orderNumber} ended changed`);
    const { timeInForce, quoteBudget } = order.accepted.terms ?? {};
    // A stop that waited cannot be rejected once it is triggered. It ends with its whole quantity.
    const isWhole = order.accepted.type === "stop_limit" && order.filledLots === 0;
    assert(timeInForce !== "fok" || isWhole, 7, `fill-or-kill order ${event.orderNumber} is not filled`);
    if (quoteBudget === undefined) {
      assert(event.cancelledLots > 0, 2, `order ${event.orderNumber} ended with nothing to cancel`);
      assert(
        event.cancelledLots === remainingLots(order),
        2,
        `order ${event.orderNumber} cancelled a wrong rest`,
      );
    }
    const isEmpty = this.queues[opposite(event.side)].size === 0;
    if (event.reason === "no_liquidity" && quoteBudget === undefined)
      assert(isEmpty, 4, "ended for want of liquidity that there is");
    if (order.status === "resting") this.#leaveQueue(order);
    order.cancelledLots = event.cancelledLots;
    order.status = "cancelled";
  }

  #followPrevented(event: Prevented): void {
    const maker = this.order(event.makerOrderNumber, "resting");
    const taker = this.order(event.takerOrderNumber, "taking");
    assert(isSelfTrade(maker, taker), 7, "kept strangers from trading");
    assert(event.preventedLots > 0, 2, "prevented nothing");
    maker.quantityLots -= event.makerDecrementLots;
    if (taker.accepted.terms?.quoteBudget === undefined) taker.quantityLots -= event.takerDecrementLots;
  }

  #followAmended(event: Amended): void {
    const order = this.order(event.orderNumber, "resting", "waiting");
    const isMoreShown = event.quantityLots > order.quantityLots && order.terms?.displayLots === undefined;
    const keepsPlace = event.priceTicks === order.priceTicks && !isMoreShown;
    if (order.status === "resting") {
      assert(
        event.keepsPriority === keepsPlace,
        5,
        `order ${event.orderNumber} keeps priority: ${!keepsPlace}`,
      );
      if (!keepsPlace) {
        this.#leaveQueue(order);
        order.status = "taking";
      }
    }
    order.priceTicks = event.priceTicks;
    order.quantityLots = event.quantityLots;
    assert(
      event.remainingLots === remainingLots(order),
      2,
      `order ${event.orderNumber} amended to a wrong rest`,
    );
    assert(event.remainingLots > 0, 2, `order ${event.orderNumber} amended below what is filled`);
  }

  #joinQueue(order: OrderRecord): void {
    const { side, orderNumber } = order.accepted;
    const priceTicks = order.priceTicks ?? violated(2, `order ${orderNumber} rests at no price`);
    const queue = this.queues[side].get(priceTicks);
    if (queue === undefined) this.queues[side].set(priceTicks, [orderNumber]);
    else queue.push(orderNumber);
  }

  #leaveQueue(order: OrderRecord): void {
    const { side, orderNumber } = order.accepted;
    const priceTicks = order.priceTicks ?? violated(2, `order ${orderNumber} rests at no price`);
    const queue = this.queues[side].get(priceTicks) ?? [];
    queue.splice(queue.indexOf(orderNumber), 1);
    if (queue.length === 0) this.queues[side].delete(priceTicks);
  }
}

import type { Command } from "../../engine/command.ts";
import type { Accepted, Cancelled, Event, Rested, Traded } from "../../engine/event.ts";
import { BUY, opposite, type Side } from "../../engine/units.ts";

/** What is known of an order from commands and events alone. */
export interface OrderRecord {
  readonly accepted: Accepted;
  filledLots: number;
  cancelledLots: number;
  /** `taking` only within the command that placed it; `filled` and `cancelled` never change again. */
  status: "taking" | "resting" | "filled" | "cancelled";
}

/**
 * The history of a book as its events tell it, and nothing but them: each order's fills and status,
 * and who queues at which price. Following an event checks it against what was told before:
 * invariants 2 to 5 and 8 of `InvariantChecker`.
 */
export class OrderRecords {
  /** Order numbers by price, from the front of the queue; buys, then sells. */
  readonly queues = [new Map<number, number[]>(), new Map<number, number[]>()] as const;
  sequence = 0;
  tradeNumber = 0;
  timeMs = 0;
  lastTradePriceTicks: number | undefined;
  readonly #orders = new Map<number, OrderRecord>();

  /** What became of an order, so far. */
  statusOf(orderNumber: number): OrderRecord["status"] | undefined {
    return this.#orders.get(orderNumber)?.status;
  }

  /** The record of an order. @throws if there is none, or it has another status. */
  order(orderNumber: number, status: OrderRecord["status"]): OrderRecord {
    const order = this.#orders.get(orderNumber) ?? violated(8, `no order ${orderNumber}`);
    if (order.status !== status) violated(8, `order ${orderNumber} is ${order.status}, not ${status}`);
    return order;
  }

  /** Takes in the event at `index` of those that `command` caused. @throws if it cannot be. */
  follow(command: Command, event: Event, index: number): void {
    this.sequence++;
    assert(event.sequence === this.sequence, 8, `event ${event.sequence} where ${this.sequence} is next`);
    assert(event.timeMs === command.timeMs, 8, `event stamped ${event.timeMs}, command ${command.timeMs}`);
    this.timeMs = event.timeMs;
    assert(
      (event.kind === "accepted") === (index === 0 && command.kind !== "cancel"),
      8,
      `misplaced ${event.kind}`,
    );
    switch (event.kind) {
      case "accepted":
        this.#followAccepted(command, event);
        break;
      case "traded":
        this.#followTraded(event);
        break;
      case "rested":
        this.#followRested(event);
        break;
      case "cancelled":
        this.#followCancelled(command, event);
        break;
    }
  }

  #followAccepted(command: Command, event: Accepted): void {
    const { orderNumber } = event;
    if (command.kind === "cancel") violated(8, "a cancel was accepted as an order");
    assert(orderNumber === this.sequence, 8, `order ${orderNumber} accepted by event ${this.sequence}`);
    assert(!this.#orders.has(orderNumber), 8, `order ${orderNumber} exists already`);
    const limit = command.kind === "place_limit" ? command.priceTicks : undefined;
    const isAsPlaced =
      event.client === command.client &&
      event.side === command.side &&
      event.quantityLots === command.quantityLots &&
      event.priceTicks === limit &&
      event.type === (limit === undefined ? "market" : "limit");
    assert(isAsPlaced, 2, `order ${orderNumber} is not as placed`);
    this.#orders.set(orderNumber, { accepted: event, filledLots: 0, cancelledLots: 0, status: "taking" });
  }

  #followTraded(event: Traded): void {
    const { makerOrderNumber, takerOrderNumber, priceTicks, quantityLots, takerSide } = event;
    this.tradeNumber++;
    this.lastTradePriceTicks = priceTicks;
    assert(
      event.tradeNumber === this.tradeNumber,
      8,
      `trade ${event.tradeNumber} where ${this.tradeNumber} is next`,
    );
    const maker = this.order(makerOrderNumber, "resting");
    const taker = this.order(takerOrderNumber, "taking");
    const makerSide = opposite(takerSide);
    assert(taker.accepted.side === takerSide && maker.accepted.side === makerSide, 3, "sides do not oppose");
    assert(priceTicks === maker.accepted.priceTicks, 3, `maker ${makerOrderNumber} traded at ${priceTicks}`);
    const limit = taker.accepted.priceTicks;
    assert(
      limit === undefined || !isBetter(makerSide, limit, priceTicks),
      3,
      `${priceTicks} is beyond limit ${limit}`,
    );
    for (const price of this.queues[makerSide].keys())
      assert(!isBetter(makerSide, price, priceTicks), 4, `traded at ${priceTicks} while ${price} rests`);
    const front = this.queues[makerSide].get(priceTicks)?.[0];
    assert(front === makerOrderNumber, 5, `maker ${makerOrderNumber} traded ahead of ${front}`);
    assert(quantityLots > 0, 2, `a trade of ${quantityLots} lots`);
    for (const [order, remaining] of [
      [maker, event.makerRemainingLots],
      [taker, event.takerRemainingLots],
    ] as const) {
      order.filledLots += quantityLots;
      assert(remaining >= 0 && remaining === remainingLots(order), 2, `remaining ${remaining} after a fill`);
      if (remaining === 0) order.status = "filled";
    }
    if (maker.status === "filled") this.#leaveQueue(maker);
  }

  #followRested(event: Rested): void {
    const order = this.order(event.orderNumber, "taking");
    const { client, side, priceTicks, quantityLots } = order.accepted;
    const isAsAccepted =
      event.client === client && event.side === side && event.quantityLots === quantityLots;
    assert(isAsAccepted && event.priceTicks === priceTicks, 2, `order ${event.orderNumber} rests changed`);
    assert(event.remainingLots > 0, 2, `order ${event.orderNumber} rests with nothing`);
    assert(
      event.remainingLots === remainingLots(order),
      2,
      `order ${event.orderNumber} rests with a wrong rest`,
    );
    order.status = "resting";
    const queues = this.queues[side];
    const queue = queues.get(event.priceTicks);
    if (queue === undefined) queues.set(event.priceTicks, [event.orderNumber]);
    else queue.push(event.orderNumber);
  }

  #followCancelled(command: Command, event: Cancelled): void {
    const isByOwner = event.reason === "by_owner";
    const order = this.order(event.orderNumber, isByOwner ? "resting" : "taking");
    const { side, priceTicks } = order.accepted;
    if (isByOwner) {
      assert(command.kind === "cancel" && command.orderNumber === event.orderNumber, 2, "cancelled unasked");
      this.#leaveQueue(order);
    } else {
      assert(priceTicks === undefined, 2, "a limit order ended for want of liquidity");
      assert(this.queues[opposite(side)].size === 0, 4, "ended for want of liquidity that there is");
    }
    assert(
      event.side === side && event.priceTicks === priceTicks,
      2,
      `order ${event.orderNumber} ended changed`,
    );
    assert(event.cancelledLots > 0, 2, `order ${event.orderNumber} ended with nothing to cancel`);
    assert(
      event.cancelledLots === remainingLots(order),
      2,
      `order ${event.orderNumber} cancelled a wrong rest`,
    );
    order.cancelledLots = event.cancelledLots;
    order.status = "cancelled";
  }

  #leaveQueue(order: OrderRecord): void {
    const { side, priceTicks, orderNumber } = order.accepted;
    const queue = (priceTicks === undefined ? undefined : this.queues[side].get(priceTicks)) ?? [];
    queue.splice(queue.indexOf(orderNumber), 1);
    if (queue.length === 0 && priceTicks !== undefined) this.queues[side].delete(priceTicks);
  }
}

/** What an order has left after its fills, or after its end. */
export function remainingLots(order: OrderRecord): number {
  return order.accepted.quantityLots - order.filledLots - order.cancelledLots;
}

/** Whether price `a` is strictly better than price `b` for an order that rests on `side`. */
export function isBetter(side: Side, a: number, b: number): boolean {
  return side === BUY ? a > b : a < b;
}

/** Ends the check with the number of the invariant that does not hold. */
export function violated(invariant: number, message: string): never {
  throw new Error(`invariant ${invariant}: ${message}`);
}

function assert(holds: boolean, invariant: number, message: string): asserts holds {
  if (!holds) violated(invariant, message);
}

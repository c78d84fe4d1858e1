import type { Command, PlaceCommand } from "../../engine/command.ts";
import type { Event } from "../../engine/event.ts";
import type { Level, RestingOrder } from "../../engine/order-book.ts";
import type { RejectReason } from "../../engine/reject-reason.ts";
import type { InstrumentRules } from "../../engine/rules.ts";
import {
  BUY,
  type OrderNumber,
  type PriceTicks,
  type QuantityLots,
  type Sequence,
  type Side,
  type TimeMs,
  type TradeNumber,
} from "../../engine/units.ts";
import type { Outcome, TestBook } from "./test-book.ts";

type NaiveOrder = { -readonly [Field in keyof RestingOrder]: RestingOrder[Field] };

/**
 * The oracle: a book so simple that reading it is enough to believe it. Each side is one array of
 * orders, best price first and oldest first within a price; everything is found by looking through it.
 * It shares no data structure with the engine, only the shape of commands and events.
 */
export class NaiveBook implements TestBook {
  readonly rules: InstrumentRules;
  sequence = 0;
  tradeNumber = 0;
  timeMs = 0;
  lastTradePriceTicks: number | undefined = undefined;
  #buys: NaiveOrder[] = [];
  #sells: NaiveOrder[] = [];

  constructor(rules: InstrumentRules) {
    this.rules = rules;
  }

  apply(command: Command): Outcome {
    const reject = this.#whyRefused(command);
    if (reject !== undefined) return { reject, events: [] };
    this.timeMs = command.timeMs;
    const events: Event[] = [];
    if (command.kind === "cancel") this.#cancel(command.orderNumber, events);
    else this.#place(command, events);
    return { reject: undefined, events };
  }

  #whyRefused(command: Command): RejectReason | undefined {
    if (command.kind === "cancel") {
      return this.isResting(command.orderNumber) ? undefined : "order_not_resting";
    }
    const rules = this.rules;
    if (command.kind === "place_limit" && command.priceTicks < rules.minimumPriceTicks)
      return "price_below_minimum";
    if (command.kind === "place_limit" && command.priceTicks > rules.maximumPriceTicks)
      return "price_above_maximum";
    if (command.quantityLots < rules.minimumQuantityLots) return "quantity_below_minimum";
    if (command.quantityLots > rules.maximumQuantityLots) return "quantity_above_maximum";
    if (command.kind === "place_limit") {
      if (this.restingCount >= rules.maximumRestingOrders) return "book_full";
      const wouldRest = BigInt(this.totalLots(command.side)) + BigInt(command.quantityLots);
      if (wouldRest > BigInt(Number.MAX_SAFE_INTEGER)) return "book_full";
    }
    return undefined;
  }

  #place(command: PlaceCommand, events: Event[]): void {
    const { client, side, quantityLots } = command;
    const isLimit = command.kind === "place_limit";
    const priceTicks = isLimit ? command.priceTicks : undefined;
    const stamp = this.#stamp();
    const orderNumber = stamp.sequence as number as OrderNumber;
    const type = isLimit ? "limit" : "market";
    events.push({ kind: "accepted", ...stamp, orderNumber, client, side, type, priceTicks, quantityLots });

    const makers = side === BUY ? this.#sells : this.#buys;
    const limitTicks = priceTicks ?? (side === BUY ? Number.POSITIVE_INFINITY : 0);
    let remaining: number = quantityLots;
    while (remaining > 0) {
      const maker = makers[0];
      if (maker === undefined) break;
      const isBeyondLimit = side === BUY ? maker.priceTicks > limitTicks : maker.priceTicks < limitTicks;
      if (isBeyondLimit) break;
      const traded = Math.min(remaining, maker.remainingLots);
      remaining -= traded;
      maker.remainingLots -= traded;
      if (maker.remainingLots === 0) makers.shift();
      this.tradeNumber++;
      this.lastTradePriceTicks = maker.priceTicks;
      events.push({
        kind: "traded",
        ...this.#stamp(),
        tradeNumber: this.tradeNumber as TradeNumber,
        makerOrderNumber: maker.orderNumber as OrderNumber,
        takerOrderNumber: orderNumber,
        takerSide: side,
        priceTicks: maker.priceTicks as PriceTicks,
        quantityLots: traded as QuantityLots,
        makerRemainingLots: maker.remainingLots as QuantityLots,
        takerRemainingLots: remaining as QuantityLots,
      });
    }
    if (remaining === 0) return;

    const remainingLots = remaining as QuantityLots;
    if (priceTicks === undefined) {
      const ended = { cancelledLots: remainingLots, reason: "no_liquidity" } as const;
      events.push({
        kind: "cancelled",
        ...this.#stamp(),
        orderNumber,
        side,
        priceTicks: undefined,
        ...ended,
      });
      return;
    }
    const order = { orderNumber, client, side, priceTicks, quantityLots, remainingLots };
    this.#putInPlace(order);
    events.push({ kind: "rested", ...this.#stamp(), ...order });
  }

  /** Behind every order of its price or a better one, ahead of every worse one. */
  #putInPlace(order: NaiveOrder): void {
    const orders = this.#orders(order.side);
    const firstWorse = orders.findIndex((other) => isBetter(order.side, order.priceTicks, other.priceTicks));
    orders.splice(firstWorse === -1 ? orders.length : firstWorse, 0, order);
  }

  #cancel(orderNumber: OrderNumber, events: Event[]): void {
    const order = [...this.#buys, ...this.#sells].find((resting) => resting.orderNumber === orderNumber);
    if (order === undefined) throw new Error(`order ${orderNumber} does not rest`);
    this.#buys = this.#buys.filter((resting) => resting !== order);
    this.#sells = this.#sells.filter((resting) => resting !== order);
    events.push({
      kind: "cancelled",
      ...this.#stamp(),
      orderNumber,
      side: order.side,
      priceTicks: order.priceTicks as PriceTicks,
      cancelledLots: order.remainingLots as QuantityLots,
      reason: "by_owner",
    });
  }

  #stamp(): { sequence: Sequence; timeMs: TimeMs } {
    this.sequence++;
    return { sequence: this.sequence as Sequence, timeMs: this.timeMs as TimeMs };
  }

  #orders(side: Side): NaiveOrder[] {
    return side === BUY ? this.#buys : this.#sells;
  }

  get restingCount(): number {
    return this.#buys.length + this.#sells.length;
  }
  restingOrders(side: Side): readonly RestingOrder[] {
    return this.#orders(side);
  }
  isResting(orderNumber: number): boolean {
    return [...this.#buys, ...this.#sells].some((order) => order.orderNumber === orderNumber);
  }
  totalLots(side: Side): number {
    return sumLots(this.#orders(side));
  }
  lotsAt(side: Side, priceTicks: number): number {
    return sumLots(this.#orders(side).filter((order) => order.priceTicks === priceTicks));
  }
  levels(side: Side): Level[] {
    const byPrice = Map.groupBy(this.#orders(side), (order) => order.priceTicks);
    return [...byPrice].map(([priceTicks, orders]) => ({
      priceTicks: priceTicks as PriceTicks,
      totalLots: sumLots(orders),
      orderCount: orders.length,
    }));
  }
}

/** Whether price `a` is strictly better than price `b` for resting on `side`. */
function isBetter(side: Side, a: number, b: number): boolean {
  return side === BUY ? a > b : a < b;
}

function sumLots(orders: readonly NaiveOrder[]): number {
  return orders.reduce((sum, order) => sum + order.remainingLots, 0);
}

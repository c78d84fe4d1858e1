import { isDeepStrictEqual } from "node:util";
import type { BookCounters, Level, RestingOrder } from "../../engine/book/order-book.ts";
import type { OpenOrder } from "../../engine/book/snapshot.ts";
import type { IndicativeUncross } from "../../engine/uncross.ts";
import type { AmendCommand, Command, PlaceOcoCommand } from "../../engine/vocabulary/command.ts";
import type { RejectReason } from "../../engine/vocabulary/reject-reason.ts";
import type { InstrumentRules } from "../../engine/vocabulary/rules.ts";
import type { OrderType } from "../../engine/vocabulary/terms.ts";
import { BUY, type OrderNumber, type PriceTicks, type Side } from "../../engine/vocabulary/units.ts";
import { amended, isOver, losesPlace, pairOf, whyRefused, wishOf } from "./naive-checks.ts";
import type { Incoming, NaiveOrder } from "./naive-order.ts";
import { bestUncross } from "./naive-uncross.ts";
import { NaiveWork } from "./naive-work.ts";
import type { GroupOutcome, Outcome, TestBook } from "./test-book.ts";

/**
 * The oracle: a book so simple that reading it suffices to trust it. `naive-checks.ts` decides what is
 * allowed, `naive-market.ts` what then happens. It shares no data structure with the engine, only the form of
 * commands, events and open orders.
 */
export class NaiveBook implements TestBook {
  #market: NaiveWork;

  constructor(rules: InstrumentRules) {
    this.#market = new NaiveWork(rules);
  }

  apply(command: Command): Outcome {
    const reject = whyRefused(this.#market, command);
    if (reject !== undefined) return { reject, events: [] };
    const market = this.#market;
    const { sequence, timeMs } = market;
    market.events = [];
    market.bound = (market.rules.maximumEventsAtOnce ?? 125) + (command.kind === "advance" ? 1 : 0);
    market.timeMs = command.timeMs;
    this.#do(command);
    market.triggerAll();
    this.#sayUnfinished();
    // Only events advance the time.
    if (market.sequence === sequence) market.timeMs = timeMs;
    return { reject, events: market.events };
  }

  #sayUnfinished(): void {
    const market = this.#market;
    const { unfinished } = market;
    if (unfinished?.expiringMs === undefined) market.expiringMs = 0;
    if (isDeepStrictEqual(unfinished, market.saidUnfinished)) return;
    market.saidUnfinished = unfinished;
    market.tell({ kind: "left_unfinished", unfinished });
  }

  applyGroup(commands: readonly Command[]): GroupOutcome {
    const before = this.#market.clone();
    const eventsMax = 8 * (before.rules.maximumEventsAtOnce ?? 125);
    const outcomes: Outcome[] = [];
    for (const command of commands) {
      const isTooMuch =
        outcomes.reduce((sum, { events }) => sum + events.length, 0) >= eventsMax ||
        this.#market.uncross !== undefined;
      const outcome = isTooMuch ? { reject: "too_many_changes", events: [] } : this.apply(command);
      if (outcome.reject !== undefined) {
        this.#market = before;
        return { refusal: { index: outcomes.length, reason: outcome.reject as RejectReason }, events: [] };
      }
      outcomes.push(outcome);
    }
    return { refusal: undefined, events: outcomes.flatMap(({ events }) => events) };
  }

  #do(command: Command): void {
    const market = this.#market;
    switch (command.kind) {
      case "place_limit":
      case "place_market":
      case "place": {
        const { type, order } = wishOf(command);
        this.#accept(type, order);
        this.#enter(type, order);
        break;
      }
      case "place_oco":
        this.#placePair(command);
        break;
      case "cancel":
        market.end(market.open(command.orderNumber) as NaiveOrder, "by_owner");
        break;
      case "cancel_all": {
        const { client, side } = command;
        if (!market.openOrders.some((order) => order.client === client)) break;
        const throughNumber = market.sequence as OrderNumber;
        market.massCancels.push({ client, throughNumber, ...(side === undefined ? {} : { side }) });
        market.cancelOn();
        break;
      }
      case "amend":
        this.#amend(command);
        break;
      case "advance":
        market.advance(command.cutoffMs);
        break;
      case "set_status": {
        const endsByItself = command.status === "halted" || command.status === "auction";
        market.changeStatus(command.status, "operator", endsByItself ? command.untilMs : undefined);
        break;
      }
    }
  }

  #accept(type: OrderType, order: Incoming): void {
    const { client, side, priceTicks, quantityLots, selfTrade, terms } = order;
    order.orderNumber = this.#market.sequence + 1;
    const { orderNumber } = order;
    this.#market.tell({
      kind: "accepted",
      orderNumber,
      client,
      side,
      type,
      priceTicks,
      quantityLots,
      selfTrade,
      terms,
    });
  }

  #enter(type: OrderType, order: Incoming): void {
    const market = this.#market;
    const { side, terms = {} } = order;
    if (type === "limit" || type === "market") {
      market.execute(order);
      return;
    }
    const last = market.lastTradePriceTicks;
    if (last !== undefined && terms.stopPriceTicks !== undefined) {
      if (side === BUY ? last >= terms.stopPriceTicks : last <= terms.stopPriceTicks) {
        market.trigger(order);
        return;
      }
    }
    this.#arm(order);
  }

  #arm(order: NaiveOrder): void {
    const { orderNumber, client, side, priceTicks, quantityLots, selfTrade, terms = {} } = order;
    order.isWaiting = true;
    if (terms.stopPriceTicks === undefined) order.anchorTicks = this.#market.lastTradePriceTicks;
    this.#market.waiting.push(order);
    this.#market.tell({
      kind: "armed",
      orderNumber,
      client,
      side,
      priceTicks,
      quantityLots,
      selfTrade,
      terms,
    });
  }

  #placePair(command: PlaceOcoCommand): void {
    const [limit, stop] = pairOf(this.#market, command);
    this.#accept(limit.type, limit.order);
    this.#accept(stop.type, stop.order);
    this.#market.rest(limit.order);
    this.#arm(stop.order);
  }

  #amend(command: AmendCommand): void {
    const market = this.#market;
    const old = market.open(command.orderNumber) as NaiveOrder;
    const order = amended(old, command);
    if (isOver(order)) {
      market.end(old, "amended_to_filled");
      return;
    }
    const { orderNumber, side, priceTicks, quantityLots, remainingLots, terms, isWaiting } = order;
    const isLate = losesPlace(old, order);
    market.tell({
      kind: "amended",
      orderNumber,
      side,
      priceTicks,
      quantityLots,
      remainingLots,
      stopPriceTicks: terms?.stopPriceTicks,
      keepsPriority: !isLate,
      previousPriceTicks: isWaiting ? undefined : old.priceTicks,
    });
    if (isLate) {
      market.drop(old);
      market.execute(order);
      return;
    }
    const isStopNew = terms?.stopPriceTicks !== old.terms?.stopPriceTicks;
    const displayedLots = isWaiting ? quantityLots : Math.min(old.displayedLots, remainingLots);
    const isReached = old.isReached && !isStopNew;
    Object.assign(old, { priceTicks, quantityLots, remainingLots, terms, displayedLots, isReached });
    const [last, stop] = [market.lastTradePriceTicks, terms?.stopPriceTicks];
    if (!isWaiting || !isStopNew || last === undefined || stop === undefined) return;
    if (side === BUY ? last >= stop : last <= stop) market.trigger(old);
  }

  get rules(): InstrumentRules {
    return this.#market.rules;
  }
  get sequence(): number {
    return this.#market.sequence;
  }
  get tradeNumber(): number {
    return this.#market.tradeNumber;
  }
  get timeMs(): number {
    return this.#market.timeMs;
  }
  get lastTradePriceTicks(): number | undefined {
    return this.#market.lastTradePriceTicks;
  }
  get counters(): BookCounters {
    const { sequence, tradeNumber, timeMs, lastTradePriceTicks, status, statusUntilMs } = this.#market;
    const window = this.rules.volatility === undefined ? undefined : this.#market.window;
    const unfinished = this.#market.saidUnfinished;
    return { sequence, tradeNumber, timeMs, lastTradePriceTicks, status, statusUntilMs, window, unfinished };
  }
  /** Whether there is unfinished work that can continue now. */
  get canGoOn(): boolean {
    const market = this.#market;
    return market.uncross !== undefined || market.hasDoomed || market.isTriggering;
  }
  get restingCount(): number {
    return this.#market.resting[0].length + this.#market.resting[1].length;
  }
  indicativeUncross(): IndicativeUncross | undefined {
    return bestUncross(this.#market) as IndicativeUncross | undefined;
  }
  openOrders(): readonly OpenOrder[] {
    return this.#market.openOrders;
  }
  restingOrders(side: Side): readonly RestingOrder[] {
    return this.#market.resting[side] as readonly (NaiveOrder & { priceTicks: number })[];
  }
  isOpen(orderNumber: number): boolean {
    return this.#market.open(orderNumber) !== undefined;
  }
  totalLots(side: Side): number {
    return sumLots(this.#market.resting[side]);
  }
  lotsAt(side: Side, priceTicks: number): number {
    return sumLots(this.#market.resting[side].filter((order) => order.priceTicks === priceTicks));
  }
  levels(side: Side): Level[] {
    const byPrice = Map.groupBy(this.#market.resting[side], (order) => order.priceTicks);
    return [...byPrice].map(([priceTicks, orders]) => ({
      priceTicks: priceTicks as PriceTicks,
      totalLots: sumLots(orders),
      orderCount: orders.length,
    }));
  }
}

/** The displayed quantity of a level. */
function sumLots(orders: readonly NaiveOrder[]): number {
  return orders.reduce((sum, order) => sum + order.displayedLots, 0);
}

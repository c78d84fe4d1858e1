import type { PricePoint, SavedWindow } from "../../engine/book/price-window.ts";
import type { CancelReason, Event } from "../../engine/vocabulary/event.ts";
import type { InstrumentRules } from "../../engine/vocabulary/rules.ts";
import type { TradingStatus } from "../../engine/vocabulary/trading-status.ts";
import type { MassCancel, RunningUncross, Unfinished } from "../../engine/vocabulary/unfinished.ts";
import { BUY, SELL, type Side } from "../../engine/vocabulary/units.ts";
import { isBetter, type NaiveOrder, part, price } from "./naive-order.ts";

/** Each kind of event without its stamp, and with plain numbers for branded ones. */
type Unstamped = { kind: Event["kind"] } & Record<string, unknown>;

/**
 * The oracle's state. Each side is one array of orders, best price first and oldest first within a price.
 * Everything is found by searching it.
 */
export class NaiveState {
  readonly rules: InstrumentRules;
  sequence = 0;
  tradeNumber = 0;
  timeMs = 0;
  lastTradePriceTicks: number | undefined = undefined;
  status: TradingStatus = "trading";
  statusUntilMs: number | undefined = undefined;
  resting: [buys: NaiveOrder[], sells: NaiveOrder[]] = [[], []];
  waiting: NaiveOrder[] = [];
  /** Every trade since the last halt or auction. */
  trades: { timeMs: number; priceTicks: number }[] = [];
  events: Event[] = [];
  /** After this many events a command leaves the rest for later. */
  bound = Number.POSITIVE_INFINITY;
  expiringMs = 0;
  massCancels: MassCancel[] = [];
  /**
   * The extreme traded prices since all reached stops with a fixed price were last triggered, for buys and
   * for sells.
   */
  furthest: [buys: number, sells: number] = [0, Number.POSITIVE_INFINITY];
  uncross: RunningUncross | undefined = undefined;
  saidUnfinished: Unfinished | undefined = undefined;

  constructor(rules: InstrumentRules) {
    this.rules = rules;
  }

  get openOrders(): NaiveOrder[] {
    const waiting = this.waiting.toSorted((a, b) => a.orderNumber - b.orderNumber);
    return [...waiting, ...this.resting[0], ...this.resting[1]];
  }
  open(orderNumber: number | undefined): NaiveOrder | undefined {
    return this.openOrders.find((order) => order.orderNumber === orderNumber);
  }
  get referenceTicks(): number | undefined {
    return this.lastTradePriceTicks ?? this.rules.referencePriceTicks;
  }

  tell(event: Unstamped): void {
    this.sequence++;
    this.events.push({ ...event, sequence: this.sequence, timeMs: this.timeMs } as unknown as Event);
  }

  /** Whether a command has done as much as it may. */
  get isEnough(): boolean {
    return this.events.length >= this.bound;
  }
  /** The reason why an open order is doomed, if it is. */
  doomOf({ orderNumber, client, side, terms }: NaiveOrder): CancelReason | undefined {
    if ((terms?.expiresAtMs ?? Number.POSITIVE_INFINITY) <= this.expiringMs) return "expired";
    const isMeant = (massCancel: MassCancel) =>
      massCancel.client === client &&
      (massCancel.side ?? side) === side &&
      orderNumber <= massCancel.throughNumber;
    return this.massCancels.some(isMeant) ? "by_owner" : undefined;
  }
  /** The stops with a fixed price that are still to be triggered, the next one first. */
  reachedStops(side: Side): NaiveOrder[] {
    const stopTicks = ({ terms }: NaiveOrder) => terms?.stopPriceTicks ?? 0;
    return this.waiting
      .filter((stop) => stop.side === side && stop.isReached && stop.terms?.stopPriceTicks !== undefined)
      .sort(
        (a, b) =>
          (side === BUY ? stopTicks(a) - stopTicks(b) : stopTicks(b) - stopTicks(a)) ||
          a.orderNumber - b.orderNumber,
      );
  }
  get hasDoomed(): boolean {
    return this.massCancels.length > 0 || this.openOrders.some((order) => this.doomOf(order) === "expired");
  }
  get isTriggering(): boolean {
    return (
      this.status === "trading" && this.uncross === undefined && this.waiting.some((stop) => stop.isReached)
    );
  }
  get unfinished(): Unfinished | undefined {
    const isExpiring = this.openOrders.some((order) => this.doomOf(order) === "expired");
    const [hasBuys, hasSells] = [this.reachedStops(BUY).length > 0, this.reachedStops(SELL).length > 0];
    const parts = {
      ...(isExpiring ? { expiringMs: this.expiringMs } : {}),
      ...(this.massCancels.length > 0 ? { massCancels: [...this.massCancels] } : {}),
      ...(hasBuys ? { reachedBuyTicks: this.furthest[0] } : {}),
      ...(hasSells ? { reachedSellTicks: this.furthest[1] } : {}),
      ...(this.uncross ? { uncross: { ...this.uncross } } : {}),
    };
    return Object.keys(parts).length === 0 ? undefined : (parts as unknown as Unfinished);
  }

  /** The worst price that an order accepts. */
  limitOf(order: NaiveOrder): number {
    if (order.priceTicks !== undefined) return order.priceTicks;
    const share = this.rules.protectionBasisPoints;
    const reference = this.referenceTicks;
    const isFree = share === undefined || reference === undefined;
    if (order.side === BUY) return isFree ? Number.MAX_SAFE_INTEGER : reference + part(reference, share);
    return isFree ? 0 : reference - part(reference, share);
  }

  /** The next order on the other side that an order meets, within its limit. */
  meets(order: NaiveOrder, limit = this.limitOf(order)): NaiveOrder | undefined {
    const maker = this.resting[1 - order.side]?.[0];
    if (maker?.priceTicks === undefined) return undefined;
    const isWithin = order.side === BUY ? maker.priceTicks <= limit : maker.priceTicks >= limit;
    return isWithin ? maker : undefined;
  }

  /** Puts an order behind every other order at its price or a better one, without an event. */
  queue(order: NaiveOrder): void {
    const orders = this.resting[order.side];
    const firstWorse = orders.findIndex((other) => isBetter(order.side, price(order), price(other)));
    orders.splice(firstWorse === -1 ? orders.length : firstWorse, 0, order);
  }

  /** Removes an order, without an event. */
  drop(order: NaiveOrder): void {
    this.resting = [
      this.resting[0].filter((other) => other !== order),
      this.resting[1].filter((other) => other !== order),
    ];
    this.waiting = this.waiting.filter((other) => other !== order);
  }

  /** The recent trades, each with the time of the end of its slot. */
  get recentTrades(): { timeMs: number; priceTicks: number }[] {
    const windowMs = this.rules.volatility?.windowMs;
    if (windowMs === undefined) return [];
    const slotMs = Math.ceil(windowMs / 1000);
    return this.trades
      .map(({ timeMs, priceTicks }) => ({ timeMs: Math.floor(timeMs / slotMs + 1) * slotMs - 1, priceTicks }))
      .filter((trade) => trade.timeMs > this.timeMs - windowMs);
  }

  /** The recent trades that no later one has beaten, and the strongest of each slot. */
  get window(): SavedWindow {
    const trades = this.recentTrades;
    const unbeaten = (isBeatenBy: (price: number, other: number) => boolean): PricePoint[] =>
      trades.filter(
        ({ timeMs, priceTicks }, at) =>
          !trades.some((other, index) => index > at && isBeatenBy(priceTicks, other.priceTicks)) &&
          !trades.some((other, index) => {
            return index < at && other.timeMs === timeMs && !isBeatenBy(other.priceTicks, priceTicks);
          }),
      );
    return {
      lows: unbeaten((price, other) => other <= price),
      highs: unbeaten((price, other) => other >= price),
    };
  }
}

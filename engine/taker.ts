import type { CancelReason } from "./vocabulary/event.ts";
import { mayRest, type OrderTerms, type OrderType, type SelfTradeMode } from "./vocabulary/terms.ts";
import type { Side } from "./vocabulary/units.ts";

/** What an order is made of, whatever it came from: a command, or an order that was open before. */
interface TakenFields {
  readonly client: number;
  readonly side: Side;
  readonly priceTicks?: number | undefined;
  readonly quantityLots: number;
  readonly selfTrade?: SelfTradeMode;
}

/** An order in flight: placed, amended or triggered, before it rests, waits or ends. */
export class Taker {
  orderNumber = 0;
  readonly client: number;
  readonly side: Side;
  readonly type: OrderType;
  /** The limit; absent for any price. */
  readonly priceTicks: number | undefined;
  /** Reduced if self-trade prevention decrements the order. */
  quantityLots: number;
  remainingLots: number;
  readonly selfTrade: SelfTradeMode;
  readonly terms: OrderTerms | undefined;
  /** The remaining quote budget, in ticks × lots; absent for an order by quantity. */
  budget: number | undefined;
  hasTraded = false;
  /** Whether the remaining budget is less than the price of a lot at the next price. */
  isSpent = false;
  /** Why it stops taking before it must. */
  stoppedBy: CancelReason | undefined;

  /** @param remainingLots what of it is not filled yet: all, unless it has been open before. */
  constructor(order: TakenFields, type: OrderType, terms?: OrderTerms, remainingLots = order.quantityLots) {
    this.client = order.client;
    this.side = order.side;
    this.type = type;
    this.priceTicks = order.priceTicks;
    this.quantityLots = order.quantityLots;
    this.remainingLots = remainingLots;
    this.selfTrade = order.selfTrade ?? "none";
    this.terms = terms;
    this.budget = terms?.quoteBudget;
  }

  get isStop(): boolean {
    return this.type !== "limit" && this.type !== "market";
  }
  /** Whether the quantity that does not trade at once may stay, on the book or waiting. */
  get mayRest(): boolean {
    return mayRest(this.type, this.terms);
  }
}

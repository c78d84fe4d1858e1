import type { CancelReason } from "./vocabulary/event.ts";
import { mayRest, type OrderTerms, type OrderType, type SelfTradeMode } from "./vocabulary/terms.ts";
import type { Side } from "./vocabulary/units.ts";

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

  constructor(
    client: number,
    side: Side,
    type: OrderType,
    priceTicks: number | undefined,
    quantityLots: number,
    remainingLots: number,
    selfTrade: SelfTradeMode,
    terms: OrderTerms | undefined,
  ) {
    this.client = client;
    this.side = side;
    this.type = type;
    this.priceTicks = priceTicks;
    this.quantityLots = quantityLots;
    this.remainingLots = remainingLots;
    this.selfTrade = selfTrade;
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

import type { CancelReason } from "./vocabulary/event.ts";
import { mayRest, type OrderTerms, type OrderType, type SelfTradeMode } from "./vocabulary/terms.ts";
import type { Side } from "./vocabulary/units.ts";

/** An order on its way: placed, amended or triggered, before it rests, waits or ends. */
export class Taker {
  orderNumber = 0;
  readonly client: number;
  readonly side: Side;
  readonly type: OrderType;
  /** The limit; absent for any price. */
  readonly priceTicks: number | undefined;
  /** Lowered where a trade with an order of its own is prevented by decrement. */
  quantityLots: number;
  remainingLots: number;
  readonly selfTrade: SelfTradeMode;
  readonly terms: OrderTerms | undefined;
  /** What is left to spend, or as a sell to get, in ticks × lots; absent for an order by quantity. */
  budget: number | undefined;
  hasTraded = false;
  /** What is left of its budget is less than a lot at the next price. */
  isSpent = false;
  /** Why it takes no more, although it could. */
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
  /** Whether what it does not trade at once may stay, on the book or waiting. */
  get mayRest(): boolean {
    return mayRest(this.type, this.terms);
  }
}

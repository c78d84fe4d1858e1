import type { PriceTicks, QuantityLots } from "./units.ts";

/** The limits that one instrument's engine enforces. All bounds are inclusive. */
export interface InstrumentRules {
  readonly minimumPriceTicks: PriceTicks;
  readonly maximumPriceTicks: PriceTicks;
  readonly minimumQuantityLots: QuantityLots;
  readonly maximumQuantityLots: QuantityLots;
  /** How many orders may rest at once; bounds the book's memory. */
  readonly maximumRestingOrders: number;
}
